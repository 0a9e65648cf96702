namespace Gateway.Routing.Difficulty;

/// <summary>A file of difficulty weights is damaged, of another version, or no such file.</summary>
public sealed class DifficultyModelFormatException(string message, Exception? innerException = null) : Exception(message, innerException);
