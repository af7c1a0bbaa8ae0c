"""What the integration, real-Kafka and reliability tests share: servers, the daemon, events, the oracle."""
