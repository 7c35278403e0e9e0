"""What is measured on data and predictions: drift, performance, fairness. Statistics only; nothing here is recorded."""
