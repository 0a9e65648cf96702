namespace Gateway.Routing;

/// <summary>Bytes are no export of a replica, or of a version that this build does not read.</summary>
internal sealed class ExportFormatException(string message, Exception? innerException = null) : Exception(message, innerException);
