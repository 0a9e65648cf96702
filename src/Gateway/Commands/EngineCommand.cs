using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Engine;
using Gateway.Engine.ChatTemplates;
using Gateway.Engine.Tokenization;

namespace Gateway.Commands;

/// <summary><c>gateway engine inspect | bench | synth | chat</c>: work with the engine inside the gateway, without serving.</summary>
public static class EngineCommand
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    public static Command Create() => new("engine", "Work with the engine inside the gateway, without serving.")
    {
        EngineInspectCommand.Create(),
        EngineBenchCommand.Create(),
        EngineSynthCommand.Create(),
        EngineChatCommand.Create(),
    };

    /// <summary>Runs a verb; what is wrong with a model or an option becomes lines on <paramref name="error"/> and exit code 1.</summary>
    /// <param name="optionNames">What the command line calls the engine's options.</param>
    internal static async Task<int> RunAsync(TextWriter error, IReadOnlyDictionary<string, string> optionNames, Func<Task> verb)
    {
        try
        {
            await verb();
            return 0;
        }
        catch (EngineOptionsException exception)
        {
            foreach (var line in exception.Errors)
            {
                await error.WriteLineAsync(Translate(line, optionNames));
            }
        }
        catch (Exception exception) when (exception is EngineException or TokenizerFormatException or ChatTemplateException
            or IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync(exception.Message);
        }

        return 1;
    }

    /// <summary>An error begins with the name of the option that it is about.</summary>
    private static string Translate(string line, IReadOnlyDictionary<string, string> optionNames)
    {
        var end = line.AsSpan().IndexOfAny(' ', ':');
        return end > 0 && optionNames.TryGetValue(line[..end], out var option) ? option + line[end..] : line;
    }
}
