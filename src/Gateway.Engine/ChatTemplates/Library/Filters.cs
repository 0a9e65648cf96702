using System.Collections.Frozen;

namespace Gateway.Engine.ChatTemplates.Library;

/// <summary>Every filter that a template may name.</summary>
internal static class Filters
{
    public static FrozenDictionary<string, Builtin> All { get; } = new[]
        {
            TextFilters.All, NumberFilters.All, SequenceFilters.All, SelectionFilters.All, OrderFilters.All, JsonFilters.All,
        }
        .SelectMany(filters => filters)
        .ToFrozenDictionary(filter => filter.Name, StringComparer.Ordinal);
}
