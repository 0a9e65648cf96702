namespace Gateway.Budgets;

/// <summary>A store of keys, answers or notices gave no answer; the step may have been carried out, or may yet be. The message holds no secrets.</summary>
public sealed class StoreUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);
