using System.Collections.Immutable;

namespace Gateway.Policies;

/// <summary>The policy folder could not be loaded; <see cref="Exception.Message"/> lists every error, one a line.</summary>
public sealed class PolicyLoadException(ImmutableArray<PolicyError> errors)
    : Exception(string.Join('\n', errors.Select(error => error.ToString())))
{
    public ImmutableArray<PolicyError> Errors { get; } = errors;
}
