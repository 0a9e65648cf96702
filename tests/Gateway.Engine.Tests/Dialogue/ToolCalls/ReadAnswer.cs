using System.Text;
using Gateway.Engine.Dialogue;
using Gateway.Engine.Dialogue.ToolCalls;
using Gateway.Engine.Tokenization;

namespace Gateway.Engine.Tests.Dialogue.ToolCalls;

/// <summary>Reads answers that are given as text, and writes down what came out on one line.</summary>
internal static class ReadAnswer
{
    public static readonly HashSet<string> Names = ["get_weather", "get_time", "get", "no_args"];

    public static ToolCallFormat Format(ToolCallForm form, Tokenizer? tokenizer = null) => form switch
    {
        ToolCallForm.DeepSeekV3 => new DeepSeekV3ToolCalls(new ToolCallMarks(DeepSeekToolCalls.AllMarks, tokenizer)),
        ToolCallForm.DeepSeekV31 => new DeepSeekV31ToolCalls(new ToolCallMarks(DeepSeekToolCalls.AllMarks, tokenizer)),
        ToolCallForm.DeepSeekV32 => new DsmlToolCalls(new ToolCallMarks(DsmlToolCalls.AllMarks, tokenizer), DsmlToolCalls.FunctionCalls),
        ToolCallForm.DeepSeekV4 => new DsmlToolCalls(new ToolCallMarks(DsmlToolCalls.AllMarks, tokenizer), DsmlToolCalls.ToolCalls),
        ToolCallForm.Hermes => new HermesToolCalls(new ToolCallMarks(HermesToolCalls.AllMarks, tokenizer)),
        ToolCallForm.Llama => new LlamaToolCalls(new ToolCallMarks(LlamaToolCalls.AllMarks, tokenizer)),
        _ => throw new ArgumentOutOfRangeException(nameof(form)),
    };

    public static IReadOnlyList<string> Marks(ToolCallForm form) => form switch
    {
        ToolCallForm.DeepSeekV32 or ToolCallForm.DeepSeekV4 => DsmlToolCalls.AllMarks,
        ToolCallForm.Hermes => HermesToolCalls.AllMarks,
        ToolCallForm.Llama => LlamaToolCalls.AllMarks,
        _ => DeepSeekToolCalls.AllMarks,
    };

    /// <summary>The parts, pieces of one kind joined: content in quotes, calls as <c>name(arguments)</c>.</summary>
    public static string Parts(ToolCallFormat format, IEnumerable<string> pieces, bool isParallel = true, bool isCutOff = false)
    {
        var reader = new ToolCallReader(format, Names, isParallel);
        List<AnswerPart> parts = [];
        foreach (var piece in pieces)
        {
            reader.Next(piece, parts);
        }

        reader.Flush(parts, isCutOff);
        return Write(parts);
    }

    public static string Write(IEnumerable<AnswerPart> parts)
    {
        StringBuilder line = new();
        AnswerPartKind? last = null;
        foreach (var (kind, text) in parts)
        {
            Xunit.Assert.NotEmpty(text);
            if (kind == last && kind != AnswerPartKind.Call)
            {
                line.Insert(line.Length - 1, text);
            }
            else
            {
                _ = kind switch
                {
                    AnswerPartKind.Call => line.Append(text).Append("()"),
                    AnswerPartKind.Arguments => line.Insert(line.Length - 1, text),
                    AnswerPartKind.Reasoning => line.Append('[').Append(text).Append(']'),
                    _ => line.Append('"').Append(text).Append('"'),
                };
            }

            last = kind == AnswerPartKind.Call ? AnswerPartKind.Arguments : kind;
        }

        return line.ToString();
    }
}
