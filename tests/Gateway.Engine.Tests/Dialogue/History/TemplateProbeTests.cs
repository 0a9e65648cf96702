using Gateway.Engine.ChatTemplates;
using Gateway.Engine.Dialogue.History;
using Gateway.Engine.Dialogue.ToolCalls;
using Xunit;

namespace Gateway.Engine.Tests.Dialogue.History;

/// <summary>What a template does with tools, found out by rendering.</summary>
public sealed class TemplateProbeTests
{
    /// <summary>Tools, form of calls, results, arguments as objects, null content, text before calls.</summary>
    public static TheoryData<string, string> Published => new()
    {
        { "deepseek-ai-DeepSeek-V2-Lite-Chat", "no tools, no calls" },
        { "deepseek-ai-DeepSeek-V3", "no tools, DeepSeekV3, results, text, null, text before" },
        { "deepseek-ai-DeepSeek-R1-Distill-Llama-8B", "no tools, DeepSeekV3, results, text, null, text apart" },
        { "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B", "no tools, DeepSeekV3, results, object, null, text apart" },
        { "llama-cpp-deepseek-r1", "no tools, DeepSeekV3, results, object, null, text apart" },
        { "deepseek-ai-DeepSeek-V3.1", "no tools, DeepSeekV31, results, object, null, text before" },
        { "deepseek-ai-DeepSeek-V3.1-as-documented", "no tools, DeepSeekV31, results, object, null, text before" },
        { "deepseek-ai-DeepSeek-V3.2", "tools, DeepSeekV32, counted results, text, null, text before" },
        { "deepseek-ai-DeepSeek-V4", "tools, DeepSeekV4, results, text, null, text before" },
        { "deepseek-ai-DeepSeek-V4-Flash-0731", "tools, DeepSeekV4, results, text, null, text before" },
        { "Qwen-Qwen2.5-7B-Instruct", "tools, Hermes, results, object, null, text before" },
        { "Qwen-Qwen3-0.6B", "tools, Hermes, results, text, empty, text before" },
        { "meta-llama-Llama-3.1-8B-Instruct", "tools, Llama, results, object, null, text apart" },
        { "meta-llama-Llama-3.2-3B-Instruct", "tools, Llama, results, object, null, text apart" },
        { "meta-llama-Llama-3.3-70B-Instruct", "tools, Llama, results, object, null, text apart" },
    };

    public static TheoryData<string, string> Own => new()
    {
        { Templates.R1, "no tools, DeepSeekV3, results, text, null, text apart" },
        { Templates.V31, "no tools, DeepSeekV31, results, object, null, text before" },
        { Templates.V32, "tools, DeepSeekV32, results, text, null, text before" },
        { Templates.V4, "tools, DeepSeekV4, results, text, null, text before" },
        { Templates.Qwen3, "tools, Hermes, results, text, empty, text before" },
        { Templates.Llama, "tools, Llama, results, object, null, text apart" },
        { Templates.Xml, "no tools, Unknown, results, text, null, text before" },
        { "{{ messages[0].content }}", "no tools, no calls" },
        { "{{ raise_exception('never') }}", "no tools, no calls" },
    };

    [Theory]
    [MemberData(nameof(Published))]
    public void Run_PublishedTemplate_FindsItsTraits(string name, string expected)
    {
        foreach (var path in Goldens.Roots.SelectMany(Files).Where(File.Exists))
        {
            Assert.Equal(expected, Write(File.ReadAllText(path)));
        }

        IEnumerable<string> Files(string root) =>
            [Path.Combine(root, "chat", "templates", name + ".jinja"), Path.Combine(root, "..", "data", "chat-templates", name + ".jinja")];
    }

    [Theory]
    [MemberData(nameof(Own))]
    public void Run_TemplateInTheMannerOfAFamily_FindsItsTraits(string template, string expected) => Assert.Equal(expected, Write(template));

    private static string Write(string template)
    {
        var traits = new TemplateProbe(ChatTemplate.Parse(template)).Run();
        List<string> words = [traits.RendersTools ? "tools" : "no tools"];
        words.AddRange(traits.Calls is not { } form
            ? ["no calls"]
            :
            [
                form.ToString(),
                traits.CountsResults ? "counted results" : traits.RendersResults ? "results" : "no results",
                traits.WantsArgumentObjects ? "object" : "text",
                traits.WantsNullContent ? "null" : "empty",
                traits.KeepsTextBeforeCalls ? "text before" : "text apart",
            ]);
        return string.Join(", ", words);
    }
}
