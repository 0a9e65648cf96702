using System.Text;
using System.Text.Json.Nodes;
using Gateway.Engine.Tokenization;

namespace Gateway.Engine.Tests.Tokenization;

/// <summary>A small tokenizer.json to change and to damage. Its vocabulary spells characters: no byte level unless a test puts it there.</summary>
internal sealed class TokenizerBuilder
{
    public TokenizerBuilder(params string[] tokens)
    {
        JsonObject vocabulary = [];
        foreach (var token in tokens)
        {
            vocabulary[token] = vocabulary.Count;
        }

        Json = new JsonObject
        {
            ["added_tokens"] = new JsonArray(),
            ["normalizer"] = null,
            ["pre_tokenizer"] = null,
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "Fuse" },
            ["model"] = new JsonObject { ["vocab"] = vocabulary, ["merges"] = new JsonArray() },
        };
    }

    /// <summary>A tokenizer in which these texts are tokens of their own.</summary>
    public static Tokenizer WithAddedTokens(IReadOnlyList<string> contents)
    {
        var builder = new TokenizerBuilder("a");
        for (var i = 0; i < contents.Count; i++)
        {
            builder.Adding(i + 1, contents[i]);
        }

        return builder.Build();
    }

    public JsonObject Json { get; }

    public JsonObject Model => Json["model"]!.AsObject();

    public TokenizerBuilder With(string name, string json)
    {
        Json[name] = JsonNode.Parse(json);
        return this;
    }

    public TokenizerBuilder WithModel(string name, string json)
    {
        Model[name] = JsonNode.Parse(json);
        return this;
    }

    public TokenizerBuilder Adding(int id, string content, params string[] flags)
    {
        JsonObject token = new() { ["id"] = id, ["content"] = content, ["normalized"] = false };
        foreach (var flag in flags)
        {
            token[flag] = true;
        }

        Json["added_tokens"]!.AsArray().Add(token);
        return this;
    }

    public Tokenizer Build() => Tokenizer.Parse(Encoding.UTF8.GetBytes(Json.ToJsonString()), "test.json");
}
