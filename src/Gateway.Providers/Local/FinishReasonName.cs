using Gateway.Engine;

namespace Gateway.Providers.Local;

/// <summary>Why an answer ended, as <c>finish_reason</c> has it.</summary>
internal static class FinishReasonName
{
    public static string Of(FinishReason finish) => finish == FinishReason.Stop ? "stop" : "length";
}
