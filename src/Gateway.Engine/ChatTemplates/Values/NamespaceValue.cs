using System.Diagnostics.CodeAnalysis;

namespace Gateway.Engine.ChatTemplates.Values;

/// <summary>The one mutable kind: what <c>namespace()</c> returns and <c>{% set ns.name = … %}</c> writes to.</summary>
internal sealed class NamespaceValue(IEnumerable<KeyValuePair<string, Value>> fields) : Value
{
    private readonly Dictionary<string, Value> _fields = new(fields, StringComparer.Ordinal);

    public override string TypeName => "Namespace";

    public bool TryGet(string name, [NotNullWhen(true)] out Value? value) => _fields.TryGetValue(name, out value);

    public void Set(string name, Value value) => _fields[name] = value;
}
