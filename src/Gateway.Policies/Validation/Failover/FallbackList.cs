using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>Who takes over after one kind of failure, in order.</summary>
/// <param name="At">The list.</param>
/// <param name="Entries">At least one when there are no errors, none twice.</param>
internal sealed record FallbackList(Field At, ImmutableArray<FallbackEntry> Entries)
{
    /// <summary>The list, or null when not all of it is known: what depends on it is then not judged.</summary>
    /// <inheritdoc cref="FallbackSettings.Read"/>
    public static FallbackList? Read(Field field, DeclaredProviders? providers, DeclaredRoutes? routes)
    {
        if (field.AsList() is not { } items)
        {
            return null;
        }

        if (items.IsEmpty)
        {
            field.Error("The list is empty, so that the failure would end in nothing.", "Name who takes over, or write 'return' for this failure under 'on'");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        var entries = ImmutableArray.CreateBuilder<FallbackEntry>();
        foreach (var item in items)
        {
            if (item.AsText() is not { } name)
            {
                continue;
            }

            if (!seen.Add(name))
            {
                item.Error($"{Quote.Of(name)} is listed a second time.", "Remove it");
            }
            else if (FallbackEntry.Read(name, item, providers, routes) is { } entry)
            {
                entries.Add(entry);
            }
        }

        return entries.Count == items.Length ? new FallbackList(field, entries.ToImmutable()) : null;
    }
}
