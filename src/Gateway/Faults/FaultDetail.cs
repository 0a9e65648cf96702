using Gateway.Policies;

namespace Gateway.Faults;

/// <summary>A fault as the API takes and shows it. What does not apply is absent.</summary>
internal sealed record FaultDetail
{
    public required string Kind { get; init; }

    public int? Status { get; init; }

    public double? RetryAfterSeconds { get; init; }

    public string? Code { get; init; }

    public string? Message { get; init; }

    public double? Seconds { get; init; }

    public int? Tokens { get; init; }

    public int? Times { get; init; }

    public double? FromSeconds { get; init; }

    public double? ForSeconds { get; init; }

    public double? Share { get; init; }

    public static FaultDetail Of(Fault fault) => new()
    {
        Kind = FaultKindNames.Of(fault.Kind),
        Status = fault.Kind == FaultKind.Status ? fault.Status : null,
        RetryAfterSeconds = fault.RetryAfter?.TotalSeconds,
        Code = fault.Code,
        Message = fault.Message,
        Seconds = fault.Duration?.TotalSeconds,
        Tokens = fault.Kind is FaultKind.CutAfter or FaultKind.StallAfter or FaultKind.MalformedEvent ? fault.Tokens : null,
        Times = fault.Times,
        FromSeconds = fault.From > TimeSpan.Zero ? fault.From.TotalSeconds : null,
        ForSeconds = fault.For?.TotalSeconds,
        Share = fault.Share < 1 ? fault.Share : null,
    };
}
