using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>What <c>budgets.yaml</c> declares below <c>webhooks</c>, and which of it limits use.</summary>
internal sealed class DeclaredWebhooks
{
    private readonly Dictionary<string, Field> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    private bool _takesAny;

    private DeclaredWebhooks()
    {
    }

    /// <summary>Those without errors, in the order of the file.</summary>
    public ImmutableArray<BudgetWebhook> Webhooks { get; private set; } = [];

    /// <param name="field">The section; null when there is none.</param>
    /// <param name="environment">Where references find their values.</param>
    public static DeclaredWebhooks Read(Field? field, IEnvironment environment)
    {
        var declared = new DeclaredWebhooks();
        var reader = new WebhookReader(environment);
        var webhooks = ImmutableArray.CreateBuilder<BudgetWebhook>();
        foreach (var (key, name, value) in field?.AsSection()?.Entries ?? [])
        {
            declared._names.Add(key, name);
            if (!Names.IsId(key))
            {
                name.Error($"{Quote.Of(key)} cannot name a webhook.", Names.IdRule);
            }

            if (reader.Read(key, value) is { } webhook)
            {
                webhooks.Add(webhook);
            }
        }

        declared.Webhooks = webhooks.ToImmutable();
        return declared;
    }

    /// <summary>Those that a policy has.</summary>
    /// <param name="names">Null to take any name.</param>
    /// <param name="field">What refers to them.</param>
    public static DeclaredWebhooks Known(IEnumerable<string>? names, Field field)
    {
        var declared = new DeclaredWebhooks { _takesAny = names is null };
        foreach (string name in names ?? [])
        {
            declared._names.Add(name, field);
        }

        return declared;
    }

    /// <summary>The names that a limit lists, each of which must be declared, and once.</summary>
    public ImmutableArray<string> ReadNames(Field field)
    {
        var names = ImmutableArray.CreateBuilder<string>();
        foreach (var item in field.AsList() ?? [])
        {
            if (item.AsText() is not { } name)
            {
                continue;
            }

            if (names.Contains(name))
            {
                item.Error($"{Quote.Of(name)} is listed a second time.", "Remove it");
            }
            else if (!_takesAny && !_names.ContainsKey(name))
            {
                item.Error(
                    $"{Quote.Of(name)} is no webhook of this file.",
                    Suggestion.Closest(name, _names.Keys) is { } meant
                        ? $"Did you mean {Quote.Of(meant)}?"
                        : $"Declare it: 'webhooks: {{ {Quote.Plain(name)}: {{ url: https://... }} }}'");
            }

            names.Add(name);
            _used.Add(name);
        }

        return names.ToImmutable();
    }

    public void WarnOfUnused()
    {
        foreach (var (name, field) in _names.Where(entry => !_used.Contains(entry.Key)))
        {
            field.Warning("No limit reports to this webhook.", $"Write notify: [ {Quote.Plain(name)} ] in a limit, or remove it");
        }
    }
}
