using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Gateway.Engine;
using Gateway.Engine.Inspection;

namespace Gateway.Commands;

/// <summary><c>gateway engine inspect MODEL [--adapter NAME=FOLDER] [--memory SIZE] [--json]</c>: what a model is and what it takes to run it, without loading it.</summary>
public static class EngineInspectCommand
{
    public static Command Create()
    {
        var memory = new Option<string?>("--memory") { Description = "How much memory to plan with, e.g. 24GB or 16GiB; by default what this machine has." };
        memory.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && ByteSize.Parse(text) is null)
            {
                result.AddError($"--memory: '{text}' is no size. Write a number and a unit, such as 24GB or 16GiB.");
            }
        });
        var json = RouteCommand.JsonOption();
        var command = new Command("inspect", "Say what a model is and what it takes to run it; nothing is loaded.");
        var model = new EngineModelOptions(command);
        var adapters = new EngineAdapterOption(command);
        command.Add(memory);
        command.Add(json);
        command.SetAction((result, _) => EngineCommand.RunAsync(result.InvocationConfiguration.Error, EngineModelOptions.Names, async () =>
        {
            var inspection = ModelInspector.Inspect(adapters.AddTo(model.Read(result), result), result.GetValue(memory) is { } text ? ByteSize.Parse(text) : null);
            await result.InvocationConfiguration.Output.WriteLineAsync(
                result.GetValue(json) ? JsonSerializer.Serialize(inspection, EngineCommand.Json) : Text(inspection));
        }));
        return command;
    }

    private static string Text(ModelInspection model)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        text.WriteLine($"{model.Name}: {model.Family}, {model.Layers} layers, {Count(model.Parameters)} parameters, {Count(model.ActiveParameters)} of them active for a token");
        text.WriteLine();
        text.WriteLine($"{"weights",-16} {"form",-7} {"parameters",12} {"memory",10} {"read per token",15}");
        foreach (var part in model.Parts)
        {
            text.WriteLine($"{part.Kind,-16} {part.Form,-7} {Count(part.Parameters),12} {ByteSize.Text(part.Bytes),10} {ByteSize.Text((long)(part.Bytes * part.ReadShare)),15}");
        }

        text.WriteLine($"{"all",-16} {"",-7} {Count(model.Parameters),12} {ByteSize.Text(model.WeightBytes),10} {ByteSize.Text(model.WeightBytesPerToken),15}");
        foreach (var adapter in model.Adapters)
        {
            text.WriteLine($"{"adapter " + adapter.Name,-24} {Count(adapter.Parameters),12} {ByteSize.Text(adapter.Bytes),10}   rank {adapter.Rank}, {adapter.Modules} layers");
        }

        text.WriteLine();
        text.WriteLine($"context     {model.ContextLength:N0} tokens");
        text.WriteLine($"KV cache    {model.CacheBytesPerToken:N0} bytes per token");
        text.WriteLine($"tokenizer   {model.TokenizerSize:N0} tokens, of {model.VocabularySize:N0} ids that the model has");
        text.WriteLine($"template    {Template(model.ChatTemplate)}");
        text.WriteLine($"computes on {model.Device}");
        if (model.DeviceNote is { } note)
        {
            text.WriteLine($"            {note}");
        }

        text.Write(model.IsTooLarge
            ? $"memory      the weights do not fit into {ByteSize.Text(model.MemoryBytes)}; a smaller form may{(model.DeviceKind == ComputeDevice.Cpu ? "" : " on the CPU, with --device cpu")}: --quantization q8_0 or q4"
            : $"memory      of {ByteSize.Text(model.MemoryBytes)} the KV cache may have room for {model.CacheTokensThatFit:N0} tokens beside the weights");
        return text.ToString();
    }

    private static string Template(ChatTemplateSource source) => source switch
    {
        ChatTemplateSource.Model => "the model's own",
        ChatTemplateSource.Engine => "the engine's, for this family: the model brings none",
        _ => "none: the model can only continue texts",
    };

    private static string Count(long number) => number switch
    {
        >= 1_000_000_000 => (number / 1e9).ToString("F2", CultureInfo.InvariantCulture) + " billion",
        >= 1_000_000 => (number / 1e6).ToString("F1", CultureInfo.InvariantCulture) + " million",
        _ => number.ToString("N0", CultureInfo.InvariantCulture),
    };
}
