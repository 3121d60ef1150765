"""Chain-of-Meta-Thought: fine-tuning on abstract plans with no numbers in them."""
