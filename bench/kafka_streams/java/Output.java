/** One event to write, and the topic that it goes to. */
record Output(String topic, Object event) {}
