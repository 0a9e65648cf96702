using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>What a section of <c>failover.yaml</c> says under <c>on</c>: what follows some of the kinds of failure.</summary>
internal sealed record ActionSettings(ImmutableDictionary<FailureKind, Setting<FailureAction>> ByKind)
{
    private static readonly ImmutableArray<(string Name, FailureAction Value)> Actions =
    [
        ("retry", FailureAction.Retry),
        ("fail_over", FailureAction.FailOver),
        ("return", FailureAction.Return),
    ];

    public static ActionSettings None { get; } = new(ImmutableDictionary<FailureKind, Setting<FailureAction>>.Empty);

    public static ActionSettings Read(Field field)
    {
        if (field.AsSection() is not { } section)
        {
            return None;
        }

        section.RefuseOthers([.. FailureKindNames.All.Select(kind => kind.Name)]);
        var byKind = ImmutableDictionary.CreateBuilder<FailureKind, Setting<FailureAction>>();
        foreach (var (name, kind) in FailureKindNames.All)
        {
            if (section.Read(name, value => value.AsOneOf(Actions)) is { } action)
            {
                byKind.Add(kind, action);
            }
        }

        return new ActionSettings(byKind.ToImmutable());
    }

    /// <inheritdoc cref="LimitSettings.Over"/>
    public ActionSettings Over(ActionSettings below) => new(below.ByKind.SetItems(ByKind));

    public ImmutableArray<FailureAction> Resolve() =>
        [.. FailureActions.Default.Select((usual, kind) => ByKind.TryGetValue((FailureKind)kind, out var action) ? action.Value : usual)];
}
