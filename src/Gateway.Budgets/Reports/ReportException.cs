namespace Gateway.Budgets.Reports;

/// <summary>What was asked for cannot be reported. The message says what is wrong and what to write instead.</summary>
/// <param name="parameter">Which part of the question is wrong, as <c>from</c>; null when it is none of them.</param>
public sealed class ReportException(string? parameter, string message) : Exception(message)
{
    public string? Parameter { get; } = parameter;
}
