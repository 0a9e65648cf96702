namespace Gateway.Routing.Difficulty;

/// <summary>A file of routing examples has an error. The message names file, line and field, and what to write instead.</summary>
public sealed class RoutingExampleException(string message, Exception? innerException = null) : Exception(message, innerException);
