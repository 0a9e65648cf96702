using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Policies;
using Gateway.Providers.Failover;
using Gateway.Providers.Simulation;

namespace Gateway.Rehearsal;

/// <summary>What a client of a rehearsal got.</summary>
internal sealed record RehearsedAnswer
{
    public ImmutableArray<AttemptRecord> Attempts { get; init; } = [];

    /// <summary>Who answered; null when nobody did.</summary>
    public ModelCard? Model { get; init; }

    /// <summary>The HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>The error code; null without an error.</summary>
    public string? Error { get; init; }

    public string Text { get; init; } = "";

    /// <summary>Whether the answer looked whole to the client.</summary>
    public bool IsWhole { get; init; }

    /// <summary>Until the end.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>Until the first text; null when none came.</summary>
    public TimeSpan? FirstText { get; init; }

    public static RehearsedAnswer Refused(GatewayError error) => new() { Status = error.Code.Status, Error = error.Code.Name };

    public static RehearsedAnswer Of(FailoverResult result, SimulatedClient client, TimeSpan took)
    {
        var failure = result.Failure;
        return new RehearsedAnswer
        {
            Attempts = result.Attempts,
            Model = failure is null ? client.Model : null,
            Status = client.HasStarted || failure is null ? StatusCodes.Status200OK : failure.Answer?.Head.Status ?? failure.Error.Code.Status,
            Error = failure is null ? null : CodeOf(failure.Answer?.Body) ?? failure.Error.Code.Name,
            Text = client.Text,
            IsWhole = client.IsWhole,
            Took = took,
            FirstText = client.FirstText,
        };
    }

    private static string? CodeOf(ReadOnlyMemory<byte>? body)
    {
        if (body is not { } json)
        {
            return null;
        }

        using var document = JsonDocument.Parse(json);
        return document.RootElement.TryGetProperty("error", out var error) && error.TryGetProperty("code", out var code) ? code.GetString() : null;
    }
}
