using Gateway.Engine.ChatTemplates.Library;

namespace Gateway.Engine.ChatTemplates.Syntax;

/// <summary>
/// Which names a template binds, probes with <c>is defined</c> and calls. A call of a name that nothing can ever make a function
/// is found when the template is parsed, not when the first conversation takes that branch.
/// </summary>
internal sealed class NameUse
{
    private readonly HashSet<string> _known = new(GlobalFunctions.All.Keys, StringComparer.Ordinal);
    private readonly List<(string Name, int Line)> _calls = [];

    /// <summary>The template assigns that name, or asks whether it exists before using it.</summary>
    public void Know(string name) => _known.Add(name);

    public void Call(string name, int line) => _calls.Add((name, line));

    public void RefuseUnknownCalls()
    {
        foreach (var (name, line) in _calls)
        {
            if (!_known.Contains(name))
            {
                throw new ChatTemplateException($"there is no function or macro '{name}'.", line);
            }
        }
    }
}
