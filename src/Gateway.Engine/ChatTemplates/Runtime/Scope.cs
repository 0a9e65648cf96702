using System.Diagnostics.CodeAnalysis;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Runtime;

/// <summary>
/// The variables of a template, a loop iteration, a macro call or a block. Reading looks outwards; writing stays here, which is
/// why a loop needs a namespace to hand anything to the outside.
/// </summary>
internal sealed class Scope(Scope? parent)
{
    private Dictionary<string, Value>? _variables;

    public void Set(string name, Value value) => (_variables ??= new(StringComparer.Ordinal))[name] = value;

    public bool TryGet(string name, [NotNullWhen(true)] out Value? value)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope._variables is not null && scope._variables.TryGetValue(name, out value))
            {
                return true;
            }
        }

        value = null;
        return false;
    }

    private Scope? Parent { get; } = parent;
}
