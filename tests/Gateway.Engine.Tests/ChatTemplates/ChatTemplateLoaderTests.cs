using Gateway.Engine.ChatTemplates;
using Xunit;

namespace Gateway.Engine.Tests.ChatTemplates;

public sealed class ChatTemplateLoaderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("chat-template-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("""{"chat_template": "config"}""", null, "config")]
    [InlineData("""{"chat_template": "config"}""", "file", "file")]
    [InlineData("""{"chat_template": [{"name":"tool_use","template":"t"},{"name":"default","template":"d"}]}""", null, "d")]
    public void FindIn_Template_IsTakenInOrder(string config, string? file, string expected)
    {
        Write("tokenizer_config.json", config);
        Write("chat_template.jinja", file);
        var rendered = ChatTemplateLoader.FindIn(_folder.FullName)!.Render(new ChatTemplateInput
        {
            Messages = TemplateRenderer.Json("[]"),
            Now = DateTimeOffset.UnixEpoch,
        });
        Assert.Equal(expected, rendered);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"chat_template": null}""")]
    public void FindIn_NoTemplate_GivesNull(string? config)
    {
        Write("tokenizer_config.json", config);
        Assert.Null(ChatTemplateLoader.FindIn(_folder.FullName));
    }

    [Theory]
    [InlineData("{", null, "tokenizer_config.json")]
    [InlineData("""{"chat_template": 1}""", null, "tokenizer_config.json")]
    [InlineData("""{"chat_template": [{"name":"tool_use","template":"t"}]}""", null, "default")]
    [InlineData("""{"chat_template": "{% if %}"}""", null, "tokenizer_config.json")]
    [InlineData(null, "{{", "chat_template.jinja")]
    public void FindIn_Malformed_NamesTheFile(string? config, string? file, string named)
    {
        Write("tokenizer_config.json", config);
        Write("chat_template.jinja", file);
        var error = Assert.Throws<ChatTemplateException>(() => ChatTemplateLoader.FindIn(_folder.FullName));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    private void Write(string name, string? content)
    {
        if (content is not null)
        {
            File.WriteAllText(Path.Combine(_folder.FullName, name), content);
        }
    }
}
