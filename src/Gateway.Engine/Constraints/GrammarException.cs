namespace Gateway.Engine.Constraints;

/// <summary>A grammar is malformed, takes more than it may, or lets no answer go on. The message is fit for a client.</summary>
public class GrammarException(string message) : EngineException(message);
