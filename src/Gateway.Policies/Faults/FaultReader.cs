namespace Gateway.Policies.Validation;

/// <summary>Reads a fault: its kind, what that kind takes, and which calls it strikes.</summary>
internal static class FaultReader
{
    private const int MaxTokens = 1_000_000;
    private const int MaxTimes = 1_000_000;
    private const int MaxRetryAfterSeconds = 3600;

    private static readonly string[] Bounds = ["kind", "times", "fromSeconds", "forSeconds", "share"];

    /// <summary>The fault, or null when its kind is not known. Whatever is wrong with it is reported.</summary>
    /// <param name="section">Where the fault stands, maybe beside other keys.</param>
    /// <param name="others">Keys that stand beside it and are read by the caller.</param>
    public static Fault? Read(Section section, params ReadOnlySpan<string> others)
    {
        var fix = $"Choose from {string.Join(", ", FaultKindNames.All.Select(known => known.Name))}";
        if (section.Require("kind", fix)?.AsOneOf(FaultKindNames.All) is not { } kind)
        {
            return null;
        }

        section.RefuseOthers([.. others, .. Bounds, .. KeysOf(kind)]);
        return new Fault
        {
            Kind = kind,
            Status = kind == FaultKind.Status ? section.Require("status", "Write an HTTP status such as 503")?.AsInteger(400, 599) ?? 0 : 0,
            RetryAfter = section.Find("retryAfterSeconds")?.AsInteger(0, MaxRetryAfterSeconds) is { } wish ? TimeSpan.FromSeconds(wish) : null,
            Code = section.Find("code")?.AsText(),
            Message = section.Find("message")?.AsText(),
            Duration = ReadDuration(section, kind),
            Tokens = kind is FaultKind.CutAfter or FaultKind.StallAfter or FaultKind.MalformedEvent
                ? section.Require("tokens", "Write after how many tokens")?.AsInteger(0, MaxTokens) ?? 0
                : 0,
            Times = section.Find("times")?.AsInteger(1, MaxTimes),
            From = section.Find("fromSeconds")?.AsSeconds(0) ?? TimeSpan.Zero,
            For = section.Find("forSeconds")?.AsSeconds(),
            Share = section.Find("share")?.AsPositiveNumber(1) ?? 1,
        };
    }

    private static TimeSpan? ReadDuration(Section section, FaultKind kind) => kind is FaultKind.SlowFirstToken or FaultKind.SlowTokens
        ? section.Require("seconds", "Write how many seconds, such as 20")?.AsSeconds()
        : section.Find("seconds")?.AsSeconds();

    private static string[] KeysOf(FaultKind kind) => kind switch
    {
        FaultKind.Status => ["status", "retryAfterSeconds", "code", "message", "seconds"],
        FaultKind.StallAfter => ["tokens", "seconds"],
        FaultKind.CutAfter or FaultKind.MalformedEvent => ["tokens"],
        FaultKind.Hang or FaultKind.NoDone => [],
        _ => ["seconds"],
    };
}
