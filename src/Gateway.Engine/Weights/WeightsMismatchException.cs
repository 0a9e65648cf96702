namespace Gateway.Engine.Weights;

/// <summary>The checkpoint's tensors are not those that its config.json describes: missing, too many or of another shape.</summary>
public sealed class WeightsMismatchException(string checkpoint, IReadOnlyList<string> errors)
    : EngineException($"{checkpoint}: the tensors do not match config.json:" + string.Concat(errors.Select(error => "\n  - " + error)))
{
    /// <summary>One line per tensor, each naming it.</summary>
    public IReadOnlyList<string> Errors { get; } = errors;
}
