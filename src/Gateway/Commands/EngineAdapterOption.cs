using System.CommandLine;
using Gateway.Engine;

namespace Gateway.Commands;

/// <summary><c>--adapter NAME=FOLDER</c>, any number of times: adapters beside the model.</summary>
internal sealed class EngineAdapterOption
{
    private readonly Option<string[]> _adapters = new("--adapter")
    {
        Description = "A LoRA adapter as NAME=FOLDER, as PEFT wrote it; may be given several times.",
        DefaultValueFactory = _ => [],
    };

    public EngineAdapterOption(Command command)
    {
        _adapters.Validators.Add(result =>
        {
            var texts = result.GetValueOrDefault<string[]>() ?? [];
            foreach (var text in texts.Where(text => Parse(text) is null))
            {
                result.AddError($"--adapter: '{text}' is no adapter. Write NAME=FOLDER, such as support=adapters/support.");
            }

            foreach (var twice in texts.Select(Parse).OfType<(string Name, string Folder)>().GroupBy(adapter => adapter.Name).Where(group => group.Count() > 1))
            {
                result.AddError($"--adapter: '{twice.Key}' is given twice. Give each adapter a name of its own.");
            }
        });
        command.Add(_adapters);
    }

    /// <summary>The names, in the order in which they were given.</summary>
    public IReadOnlyList<string> Names(ParseResult result) => [.. Read(result).Select(adapter => adapter.Name)];

    /// <summary>The engine's options with the adapters.</summary>
    public EngineOptions AddTo(EngineOptions options, ParseResult result) => options with
    {
        Adapters = Read(result).ToDictionary(adapter => adapter.Name, adapter => Hosting.ConfiguredPath.Resolve(adapter.Folder)),
    };

    private IEnumerable<(string Name, string Folder)> Read(ParseResult result) => result.GetRequiredValue(_adapters).Select(text => Parse(text)!.Value);

    private static (string Name, string Folder)? Parse(string text) =>
        text.Split('=', 2) is [var name, var folder] && !string.IsNullOrWhiteSpace(name) && !string.IsNullOrWhiteSpace(folder) ? (name.Trim(), folder.Trim()) : null;
}
