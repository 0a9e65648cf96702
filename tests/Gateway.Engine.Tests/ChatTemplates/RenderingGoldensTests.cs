using System.Text.Json;
using Gateway.Engine.ChatTemplates;
using Xunit;

namespace Gateway.Engine.Tests.ChatTemplates;

/// <summary>Published templates against what transformers renders from them.</summary>
public sealed class RenderingGoldensTests
{
    private const string RenderingsFile = "chat/renderings.json";

    public static TheoryData<string, string> Templates()
    {
        var data = new TheoryData<string, string>();
        foreach (var root in Goldens.Roots.Where(root => File.Exists(Path.Combine(root, RenderingsFile))))
        {
            using var goldens = Read(root);
            foreach (var template in goldens.RootElement.GetProperty("templates").EnumerateObject())
            {
                data.Add(root, template.Name);
            }
        }

        return data;
    }

    public static TheoryData<string> CheckpointFolders() =>
    [
        .. Goldens.Folders("models").Where(folder => File.Exists(Path.Combine(folder, "tokenizer_config.json"))),
        Path.Combine(Goldens.RepositoryRoot, "models", "demo"),
    ];

    [Theory]
    [MemberData(nameof(Templates))]
    public void Render_EveryConversation_EqualsTransformers(string root, string name)
    {
        using var goldens = Read(root);
        var golden = goldens.RootElement;
        var description = golden.GetProperty("templates").GetProperty(name);
        var template = ChatTemplate.Parse(File.ReadAllText(Goldens.ChatTemplate(root, description.GetProperty("file").GetString()!)));
        var expected = golden.GetProperty("renderings").GetProperty(name).EnumerateArray().ToList();
        var conversations = golden.GetProperty("conversations").EnumerateArray().ToList();
        Assert.Equal(expected.Count, conversations.Count);
        foreach (var (conversation, rendering) in conversations.Zip(expected))
        {
            var input = Input(conversation, description, golden.GetProperty("now").GetString()!);
            var title = conversation.GetProperty("name").GetString();
            if (rendering.TryGetProperty("text", out var text))
            {
                Assert.Equal($"{title}: {text.GetString()}", $"{title}: {template.Render(input)}");
            }
            else
            {
                Assert.Throws<ChatTemplateException>(() => template.Render(input));
            }
        }
    }

    [Theory]
    [MemberData(nameof(CheckpointFolders))]
    public void FindIn_Checkpoint_ParsesItsTemplate(string folder) => Assert.NotNull(ChatTemplateLoader.FindIn(folder));

    [Fact]
    public void Render_BuiltInModel_EqualsItsGoldenPrompts()
    {
        var folder = Path.Combine(Goldens.RepositoryRoot, "models", "demo");
        using var config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "tokenizer_config.json")));
        using var golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "golden.json")));
        var template = ChatTemplateLoader.FindIn(folder)!;
        var prompts = golden.RootElement.GetProperty("prompts").EnumerateArray().ToList();
        Assert.NotEmpty(prompts);
        foreach (var prompt in prompts)
        {
            var rendered = template.Render(new ChatTemplateInput
            {
                Messages = prompt.GetProperty("messages"),
                BosToken = config.RootElement.GetProperty("bos_token").GetProperty("content").GetString()!,
                EosToken = config.RootElement.GetProperty("eos_token").GetProperty("content").GetString()!,
                Now = DateTimeOffset.UnixEpoch,
            });
            Assert.Equal(prompt.GetProperty("rendered").GetString(), rendered);
        }
    }

    [Fact]
    public void DeepSeekV2Template_EveryConversation_EqualsThePublishedFormat()
    {
        const string Published = "deepseek-ai-DeepSeek-V2-Lite-Chat";
        var root = Goldens.Roots.First(root => File.Exists(Path.Combine(root, RenderingsFile)));
        using var goldens = Read(root);
        var golden = goldens.RootElement;
        var description = golden.GetProperty("templates").GetProperty(Published);
        var expected = golden.GetProperty("renderings").GetProperty(Published).EnumerateArray();
        foreach (var (conversation, rendering) in golden.GetProperty("conversations").EnumerateArray().Zip(expected))
        {
            if (rendering.TryGetProperty("text", out var text))
            {
                var input = Input(conversation, description, golden.GetProperty("now").GetString()!);
                Assert.Equal(text.GetString(), DeepSeekV2Template.Instance.Render(input));
            }
        }
    }

    private static JsonDocument Read(string root) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(root, RenderingsFile)));

    private static ChatTemplateInput Input(JsonElement conversation, JsonElement template, string now)
    {
        var options = conversation.GetProperty("options").EnumerateObject().ToDictionary(option => option.Name, option => option.Value);
        var hasPrompt = options.Remove("add_generation_prompt", out var addGenerationPrompt);
        return new ChatTemplateInput
        {
            Messages = conversation.GetProperty("messages"),
            Tools = conversation.TryGetProperty("tools", out var tools) ? tools : null,
            AddGenerationPrompt = hasPrompt && addGenerationPrompt.GetBoolean(),
            BosToken = template.GetProperty("bos_token").GetString()!,
            EosToken = template.GetProperty("eos_token").GetString()!,
            Extra = options,
            Now = DateTimeOffset.Parse(now + "Z", System.Globalization.CultureInfo.InvariantCulture),
        };
    }
}
