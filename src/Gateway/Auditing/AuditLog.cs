namespace Gateway.Auditing;

/// <summary>
/// Says in the log who changed what through the admin API: one line for each change, in a category of its own, so that it can be kept
/// apart. Keys and their hashes are never part of it.
/// </summary>
public sealed partial class AuditLog(ILogger<AuditLog> logger)
{
    /// <param name="request">The request's id.</param>
    /// <param name="actor">The id of the key that was used; <see cref="Pipeline.AdminAccess.ThisMachine"/> on a gateway without keys.</param>
    /// <param name="action">What was done, such as <c>key.revoke</c>.</param>
    /// <param name="target">To what.</param>
    /// <param name="detail">The values that were set; null for none.</param>
    public void Changed(string request, string actor, string action, string target, string? detail = null) =>
        LogChanged(action, target, actor, request, detail ?? "");

    [LoggerMessage(1, LogLevel.Information, "Audit: {Action} {Target} by {Actor} in {RequestId} {Detail}")]
    private partial void LogChanged(string action, string target, string actor, string requestId, string detail);
}
