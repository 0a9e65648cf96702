namespace Gateway.Budgets;

/// <summary>The store gave no answer. The message holds no secrets.</summary>
/// <param name="mayBeDone">See <see cref="MayBeDone"/>.</param>
public sealed class BudgetStoreException(bool mayBeDone, string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>
    /// Whether the step may have been carried out, or may yet be; if not, it has surely changed nothing. Either way the same call may be made
    /// again: every step is recognised by its request.
    /// </summary>
    public bool MayBeDone { get; } = mayBeDone;

    /// <summary>Whether the store was reached and said no; otherwise it was not, or gave no answer.</summary>
    public bool IsRefusal { get; init; }
}
