namespace Gateway.Engine;

/// <summary>One or more <see cref="EngineOptions"/> are out of range or do not fit the model or the machine.</summary>
public sealed class EngineOptionsException(IReadOnlyList<string> errors)
    : EngineException("The engine options are invalid:" + string.Concat(errors.Select(error => "\n  - " + error)))
{
    /// <summary>One line per error, each starting with the option's name.</summary>
    public IReadOnlyList<string> Errors { get; } = errors;
}
