using System.Collections.Immutable;

namespace Gateway.Observability.Catalogue;

/// <summary>
/// Upper bounds of histogram buckets, each bound included. Those of metrics that OpenTelemetry's GenAI conventions define are the
/// conventions' own.
/// </summary>
public static class BucketBounds
{
    /// <summary>Seconds to a first token: fine where people notice, up to five minutes for models that think first.</summary>
    public static ImmutableArray<double> FirstToken { get; } =
    [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 20, 30, 60, 120, 300,
    ];

    /// <summary>Seconds between two tokens.</summary>
    public static ImmutableArray<double> InterToken { get; } =
        [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2.5, 5, 10, 30];

    /// <summary>Seconds that the gateway itself adds: from 25 microseconds.</summary>
    public static ImmutableArray<double> Overhead { get; } =
        [0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

    /// <summary>Seconds that a request takes.</summary>
    public static ImmutableArray<double> Duration { get; } =
        [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300, 600];

    /// <summary>Seconds as the engine counts them itself: queues, first tokens and the time between tokens.</summary>
    public static ImmutableArray<double> Engine { get; } = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120];

    /// <summary>Requests in one step of the engine.</summary>
    public static ImmutableArray<double> EngineBatch { get; } = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];

    /// <summary>GenAI conventions: <c>gen_ai.server.time_to_first_token</c>.</summary>
    public static ImmutableArray<double> GenAITimeToFirstToken { get; } =
        [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    /// <summary>GenAI conventions: <c>gen_ai.server.time_per_output_token</c>.</summary>
    public static ImmutableArray<double> GenAITimePerOutputToken { get; } =
        [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];

    /// <summary>GenAI conventions: <c>gen_ai.client.operation.duration</c>.</summary>
    public static ImmutableArray<double> GenAIOperationDuration { get; } =
        [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

    /// <summary>GenAI conventions: <c>gen_ai.client.token.usage</c>.</summary>
    public static ImmutableArray<double> GenAITokenUsage { get; } =
        [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864];
}
