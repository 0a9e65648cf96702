using System.Diagnostics.CodeAnalysis;

namespace Gateway.Engine.ChatTemplates.Values;

/// <summary>
/// A dict that keeps its keys in the order given; of two equal keys the later value stays, at the earlier place.
/// Keys are strings, numbers, booleans or none.
/// </summary>
internal sealed class DictValue : Value
{
    private readonly OrderedDictionary<Value, Value> _entries;

    public DictValue(IReadOnlyCollection<KeyValuePair<Value, Value>> entries)
    {
        _entries = new OrderedDictionary<Value, Value>(entries.Count, DictKeyComparer.Instance);
        var deepest = 0;
        foreach (var (key, value) in entries)
        {
            if (!DictKeyComparer.IsKey(key))
            {
                throw new ChatTemplateException($"a '{key.TypeName}' cannot be a key of a dict; use a string.");
            }

            _entries[key] = value;
            deepest = Math.Max(deepest, value.Nesting);
        }

        Nesting = NestingOver(deepest);
    }

    public IReadOnlyCollection<KeyValuePair<Value, Value>> Entries => _entries;

    public override string TypeName => "dict";

    public override bool IsTrue => _entries.Count > 0;

    public override int Nesting { get; }

    public bool TryGet(Value key, [NotNullWhen(true)] out Value? value)
    {
        value = null;
        return DictKeyComparer.IsKey(key) && _entries.TryGetValue(key, out value);
    }
}
