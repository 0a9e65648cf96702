using Gateway.Contracts.OpenAI;
using Gateway.Policies;

namespace Gateway.Providers.OpenAI;

/// <summary>The body that goes to a provider.</summary>
internal static class OutgoingBody
{
    public static ReadOnlyMemory<byte> For(AttemptRequest attempt, bool asksForStreamUsage) =>
        attempt.Request.ForProvider(attempt.Model.UpstreamModel, asksForStreamUsage, Prefill(attempt));

    private static AssistantPrefill? Prefill(AttemptRequest attempt) => attempt.Continuation is { Text.Length: > 0 } continuation
        ? new AssistantPrefill(
            continuation.Text,
            continuation.Tokens,
            MarksMessage: attempt.Model.Prefill == PrefillDialect.Prefix,
            MarksRequest: attempt.Model.Prefill == PrefillDialect.ContinueFinalMessage)
        : null;
}
