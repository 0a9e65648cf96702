using Gateway.Policies.Yaml;

namespace Gateway.Policies.Validation;

/// <summary>A mapping of a policy file on its way to being checked.</summary>
internal sealed class Section(MapNode map, string path, FileReport report)
{
    /// <summary>Every entry, in the order of the file: its key, the same as a field to report about, and its value.</summary>
    public IEnumerable<(string Key, Field Name, Field Value)> Entries => map.Entries.Select(entry =>
    {
        var value = new Field(entry.Value, KeyPath.Join(path, entry.Key), report);
        return (entry.Key, value with { Node = new ScalarNode(entry.Place, entry.Key, IsPlain: false) }, value);
    });

    /// <summary>The value of the key, or null when the key is not there.</summary>
    public Field? Find(string key)
    {
        foreach (var entry in map.Entries)
        {
            if (entry.Key == key)
            {
                return new Field(entry.Value, KeyPath.Join(path, key), report);
            }
        }

        return null;
    }

    /// <summary>The value of the key; when it is not there, that is reported with what to write.</summary>
    public Field? Require(string key, string fix)
    {
        var field = Find(key);
        if (field is null)
        {
            report.Error(map.Place, KeyPath.Join(path, key), "The setting is missing.", fix);
        }

        return field;
    }

    /// <summary>Whether the key is there with nothing after the colon, as when all that follows is commented out.</summary>
    public bool IsBlank(string key) => Find(key) is { Node: ScalarNode { IsNull: true } };

    /// <summary>Reports every key but the known ones.</summary>
    public void RefuseOthers(params ReadOnlySpan<string> known) => RefuseOthersBut([], known);

    /// <summary>Reports every key but the known ones and those that are refused elsewhere, with a reason of their own.</summary>
    public void RefuseOthersBut(IEnumerable<string> refusedElsewhere, params ReadOnlySpan<string> known)
    {
        var names = known.ToArray();
        foreach (var entry in map.Entries.Where(entry => !names.Contains(entry.Key) && !refusedElsewhere.Contains(entry.Key)))
        {
            report.Error(
                entry.Place,
                KeyPath.Join(path, entry.Key),
                $"The key {Quote.Of(entry.Key)} is not known here.",
                Suggestion.Closest(entry.Key, names) is { } meant
                    ? $"Did you mean '{meant}'?"
                    : $"Known keys are {string.Join(", ", names)}");
        }
    }

    /// <summary>Reports each of these keys that is there.</summary>
    public void RefuseEach(IEnumerable<string> keys, string message, string fix)
    {
        foreach (var key in keys)
        {
            Find(key)?.Error(message, fix);
        }
    }
}
