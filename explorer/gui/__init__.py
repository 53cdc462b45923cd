"""What is touched: the Qt widgets."""
