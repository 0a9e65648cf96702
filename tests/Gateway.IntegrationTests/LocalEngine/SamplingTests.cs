using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.IntegrationTests.FrontDoor;
using Xunit;
using static Gateway.IntegrationTests.LocalEngine.LocalGateway;

namespace Gateway.IntegrationTests.LocalEngine;

/// <summary>The fields that shape the draw, and their ranges.</summary>
[Collection(typeof(LocalGatewayCollection))]
public sealed class SamplingTests(LocalGateway local)
{
    [Fact]
    public async Task Chat_SameSeed_GivesTheSameAnswer()
    {
        var body = Ask("Tell me a joke", ("temperature", 1.5), ("max_tokens", 30), ("seed", 42));
        var first = await local.Client.ChatAsync(body);
        var others = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => local.Client.ChatAsync(body)));
        Assert.All(others, other => Assert.Equal(first.Text, other.Text));
        var seeds = await Task.WhenAll(Enumerable.Range(1, 5).Select(seed => local.Client.ChatAsync(Ask("Tell me a joke", ("temperature", 1.5), ("max_tokens", 30), ("seed", -seed)))));
        Assert.Contains(seeds, other => other.Text != first.Text);
    }

    [Theory]
    [InlineData("temperature", "0")]
    [InlineData("temperature", "2")]
    [InlineData("top_p", "0.01")]
    [InlineData("top_p", "1")]
    [InlineData("top_k", "0")]
    [InlineData("top_k", "-1")]
    [InlineData("top_k", "99999999999")]
    [InlineData("min_p", "1")]
    [InlineData("frequency_penalty", "-2")]
    [InlineData("frequency_penalty", "2")]
    [InlineData("presence_penalty", "2")]
    [InlineData("repetition_penalty", "1.3")]
    [InlineData("logit_bias", """{"5":-100,"4095":100}""")]
    [InlineData("logit_bias", "{}")]
    [InlineData("stop", "[]")]
    [InlineData("n", "1")]
    [InlineData("tools", "[]")]
    [InlineData("response_format", """{"type":"text"}""")]
    [InlineData("user", "\"ada\"")]
    [InlineData("something_new", """{"a":[1]}""")]
    public async Task Chat_ValueInRange_IsServed(string field, string value) =>
        Assert.Equal("length", (await local.Client.ChatAsync(Ask("Tell me a joke", ("max_tokens", 2), ("ignore_eos", true), (field, JsonElement.Parse(value))))).FinishReason);

    [Theory]
    [InlineData("temperature", "-0.1")]
    [InlineData("temperature", "2.1")]
    [InlineData("temperature", "1e300")]
    [InlineData("top_p", "0")]
    [InlineData("top_p", "1.01")]
    [InlineData("top_k", "1.5")]
    [InlineData("top_k", "\"5\"")]
    [InlineData("min_p", "-1")]
    [InlineData("min_p", "2")]
    [InlineData("frequency_penalty", "2.5")]
    [InlineData("frequency_penalty", "-3")]
    [InlineData("presence_penalty", "5")]
    [InlineData("repetition_penalty", "0")]
    [InlineData("repetition_penalty", "11")]
    [InlineData("logit_bias", """{"4096":1}""")]
    [InlineData("logit_bias", """{"5":101}""")]
    [InlineData("logit_bias", """{"five":1}""")]
    [InlineData("stop", "[\"\"]")]
    [InlineData("stop", "[1]")]
    [InlineData("stop", """["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17"]""")]
    [InlineData("stop_token_ids", "[4096]")]
    [InlineData("stop_token_ids", "\"1\"")]
    [InlineData("ignore_eos", "1")]
    [InlineData("logprobs", "5")]
    [InlineData("chat_template_kwargs", "[]")]
    public async Task Chat_ValueOutOfRange_NamesTheField(string field, string value)
    {
        var message = (await local.Client.ChatAsync(Ask("ping", (field, JsonElement.Parse(value))))).ShouldBe(ErrorCode.CallerInvalidField, field);
        Assert.Contains($"'{field}", message, StringComparison.Ordinal);
        (await local.Client.ChatAsync(Ask("ping", ("stream", true), (field, JsonElement.Parse(value))))).ShouldBe(ErrorCode.CallerInvalidField, field);
        Assert.Equal("pong", (await local.Client.ChatAsync(Ask("ping"))).Text);
    }

    [Theory]
    [InlineData("functions", """[{"name":"f"}]""")]
    [InlineData("function_call", "\"auto\"")]
    [InlineData("modalities", """["text","audio"]""")]
    public async Task Chat_WhatTheEngineCannotDo_IsRefusedByName(string field, string value) =>
        Assert.Contains($"'{field}'", (await local.Client.ChatAsync(Ask("ping", (field, JsonElement.Parse(value))))).ShouldBe(ErrorCode.CallerUnsupportedField, field), StringComparison.Ordinal);

    [Fact]
    public async Task Chat_LogitBias_ForbidsAToken()
    {
        var tokenizer = local.Engine.Current!.Tokenizer;
        var first = (await local.Client.ChatAsync(Ask("ping", ("max_tokens", 1), ("logprobs", true)))).OkJson.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content")[0];
        Assert.Equal("pong", first.GetProperty("token").GetString());
        var id = tokenizer.IdOf("pong");
        Assert.NotNull(id);
        var other = await local.Client.ChatAsync(Ask("ping", ("max_tokens", 1), ("logit_bias", new Dictionary<string, int> { [$"{id}"] = -100 })));
        Assert.NotEqual("pong", other.Text);
    }

    [Fact]
    public async Task Chat_LogitBiasOf20000Members_IsAnsweredInTime()
    {
        var bias = string.Join(',', Enumerable.Range(0, 20_000).Select(id => $"\"{id % 4096}\":1"));
        var answer = await local.Client.ChatAsync($$"""{"model":"auto","messages":[{"role":"user","content":"ping"}],"max_tokens":1,"logit_bias":{ {{bias}} } }""");
        Assert.Equal(1, answer.CompletionTokens);
    }
}
