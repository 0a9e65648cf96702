using System.Collections.Immutable;
using Gateway.Contracts.Errors;
using Gateway.Policies;

namespace Gateway.Pipeline;

/// <summary>Tells an operator what is wrong with what they asked for under <c>/admin</c>, all of it at once.</summary>
internal static class OrderRefusals
{
    /// <param name="errors">At least one. The field at fault is that of the first; null when it means the order as a whole.</param>
    public static GatewayException Of(ImmutableArray<PolicyError> errors) =>
        new(ErrorCode.CallerInvalidField, string.Join(' ', errors.Select(Text)), errors[0].Key is { Length: > 0 } key ? key : null);

    private static string Text(PolicyError error) =>
        $"{(error.Key.Length == 0 ? "" : $"{error.Key}: ")}{error.Message} {error.Fix}{(error.Fix.EndsWith('?') ? "" : ".")}";
}
