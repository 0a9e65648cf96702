namespace Gateway.Engine;

/// <summary>Base of everything the engine refuses or fails with. The message names the cause and, where there is one, the fix.</summary>
public class EngineException : Exception
{
    public EngineException(string message)
        : base(message)
    {
    }

    public EngineException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
