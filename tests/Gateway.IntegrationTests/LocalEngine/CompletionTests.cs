using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Engine;
using Gateway.Engine.Tokenization;
using Gateway.IntegrationTests.FrontDoor;
using Xunit;
using static Gateway.IntegrationTests.LocalEngine.LocalGateway;

namespace Gateway.IntegrationTests.LocalEngine;

/// <summary>What <c>/v1/completions</c> has beyond chats: echo, log-probabilities of prompts, several prompts, the best of several answers.</summary>
[Collection(typeof(LocalGatewayCollection))]
public sealed class CompletionTests(LocalGateway local)
{
    private const string Prompt = "<｜begin▁of▁sentence｜><｜User｜>What is 2+2?<｜Assistant｜>";

    private int[] PromptIds => local.Engine.Current!.Tokenizer.Encode(Prompt, AddedTokens.Recognize);

    [Fact]
    public async Task Echo_WithoutTokens_ScoresThePromptAsTheEngineDoes()
    {
        var answer = (await local.Client.CompleteAsync(new { model = "auto", prompt = PromptIds, echo = true, max_tokens = 0, logprobs = 5 })).OkJson;
        var choice = answer.GetProperty("choices")[0];
        Assert.Equal("length", choice.GetProperty("finish_reason").GetString());
        Assert.Equal("What is 2+2?", choice.GetProperty("text").GetString());
        Assert.Equal($$"""{"prompt_tokens":{{PromptIds.Length}},"completion_tokens":0,"total_tokens":{{PromptIds.Length}}}""", answer.GetProperty("usage").GetRawText());
        var logprobs = choice.GetProperty("logprobs");
        Assert.Equal(["tokens", "token_logprobs", "top_logprobs", "text_offset"], logprobs.EnumerateObject().Select(member => member.Name));
        Assert.All(logprobs.EnumerateObject(), member => Assert.Equal(PromptIds.Length, member.Value.GetArrayLength()));
        Assert.Equal(Prompt, string.Concat(Strings(logprobs, "tokens")));
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (logprobs.GetProperty("token_logprobs")[0].ValueKind, logprobs.GetProperty("top_logprobs")[0].ValueKind));
        var scores = await local.Engine.Current!.Engine.ScoreAsync(
            new ScoreRequest { PromptIds = PromptIds, TopLogprobs = 5 }, TestContext.Current.CancellationToken);
        for (var i = 1; i < PromptIds.Length; i++)
        {
            Assert.Equal(scores[i - 1].Logprob, logprobs.GetProperty("token_logprobs")[i].GetDouble());
            var top = logprobs.GetProperty("top_logprobs")[i];
            Assert.InRange(top.EnumerateObject().Count(), 5, 6);
            Assert.Equal(scores[i - 1].Logprob, top.GetProperty(logprobs.GetProperty("tokens")[i].GetString()!).GetDouble());
            Assert.Equal(scores[i - 1].Top[0].Logprob, top.EnumerateObject().Max(member => member.Value.GetDouble()));
        }
    }

    [Fact]
    public async Task Echo_WithTokens_StandsBeforeTheAnswerAndItsLogprobs()
    {
        var plain = (await CompleteAsync(("logprobs", 2))).OkJson.GetProperty("choices")[0];
        var echoed = (await CompleteAsync(("logprobs", 2), ("echo", true))).OkJson.GetProperty("choices")[0];
        Assert.Equal("2 + 2 = 4.", plain.GetProperty("text").GetString());
        Assert.Equal(Prompt + "2 + 2 = 4.", echoed.GetProperty("text").GetString());
        var (own, all) = (plain.GetProperty("logprobs"), echoed.GetProperty("logprobs"));
        Assert.Equal([.. Strings(own, "tokens")], [.. Strings(all, "tokens").Skip(PromptIds.Length)]);
        Assert.Equal(plain.GetProperty("text").GetString(), string.Concat(Strings(own, "tokens")));
        foreach (var name in (string[])["token_logprobs", "top_logprobs"])
        {
            Assert.Equal(
                own.GetProperty(name).EnumerateArray().Select(item => item.GetRawText()),
                all.GetProperty(name).EnumerateArray().Skip(PromptIds.Length).Select(item => item.GetRawText()));
        }

        var offsets = own.GetProperty("text_offset").EnumerateArray().Select(item => item.GetInt32()).ToList();
        Assert.Equal(0, offsets[0]);
        Assert.Equal(Strings(own, "tokens").SkipLast(1).Aggregate((List<int>)[0], (sums, token) => [.. sums, sums[^1] + token.Length]), offsets);
        Assert.Equal(
            offsets.Select(offset => offset + Prompt.Length),
            all.GetProperty("text_offset").EnumerateArray().Skip(PromptIds.Length).Select(item => item.GetInt32()));
    }

    [Fact]
    public async Task Stream_EchoAndLogprobs_AddUpToTheWholeAnswer()
    {
        var whole = (await CompleteAsync(("logprobs", 1), ("echo", true))).OkJson.GetProperty("choices")[0];
        var events = await AnswerEvents.StreamAsync(local.Client, GatewayRequests.CompletionsPath, Body(("logprobs", 1), ("echo", true)));
        Assert.Equal(Prompt, events.Pieces[0]);
        Assert.Equal(whole.GetProperty("text").GetString(), events.Text);
        Assert.Equal(["stop"], events.FinishReasons);
        var pieces = events.Chunks.Select(chunk => chunk.GetProperty("choices")[0].GetProperty("logprobs")).Where(logprobs => logprobs.ValueKind == JsonValueKind.Object).ToList();
        foreach (var member in whole.GetProperty("logprobs").EnumerateObject())
        {
            Assert.Equal(
                member.Value.EnumerateArray().Select(item => item.GetRawText()),
                pieces.SelectMany(piece => piece.GetProperty(member.Name).EnumerateArray()).Select(item => item.GetRawText()));
        }

        var scored = await AnswerEvents.StreamAsync(local.Client, GatewayRequests.CompletionsPath, Body(("logprobs", 0), ("echo", true), ("max_tokens", 0)));
        Assert.Equal((Prompt, "length"), (scored.Text, scored.FinishReasons.Single()));
    }

    [Fact]
    public async Task Prompts_SeveralWithChoices_AreEachAnsweredInTheirOrder()
    {
        var questions = new[] { "What is 2+2?", "What is the capital of France?", "ping" };
        var prompts = questions.Select(question => $"<｜begin▁of▁sentence｜><｜User｜>{question}<｜Assistant｜>").ToArray();
        var alone = new List<string>();
        var tokens = 0;
        foreach (var prompt in prompts)
        {
            var answer = await local.Client.CompleteAsync(new { model = "auto", prompt, temperature = 0 });
            alone.Add(answer.Text);
            tokens += answer.CompletionTokens;
        }

        var together = await local.Client.CompleteAsync(new { model = "auto", prompt = prompts, temperature = 0, n = 2 });
        Assert.Equal(Enumerable.Range(0, 6), together.OkJson.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("index").GetInt32()));
        Assert.Equal(alone.SelectMany(text => new[] { text, text }), Texts(together));
        Assert.Equal(2 * tokens, together.CompletionTokens);
        var ids = prompts.Select(prompt => local.Engine.Current!.Tokenizer.Encode(prompt, AddedTokens.Recognize)).ToArray();
        Assert.Equal(ids.Sum(prompt => prompt.Length), together.PromptTokens);
        Assert.Equal(alone, Texts(await local.Client.CompleteAsync(new { model = "auto", prompt = ids, temperature = 0 })));

        Dictionary<string, object?> streamed = new() { ["model"] = "auto", ["prompt"] = prompts, ["temperature"] = 0 };
        var chunks = (await AnswerEvents.StreamAsync(local.Client, GatewayRequests.CompletionsPath, streamed)).Chunks.Select(chunk => chunk.GetProperty("choices")[0]).ToList();
        for (var index = 0; index < prompts.Length; index++)
        {
            var own = chunks.Where(choice => choice.GetProperty("index").GetInt32() == index).ToList();
            Assert.Equal(alone[index], string.Concat(own.Select(choice => choice.GetProperty("text").GetString())));
            Assert.Equal(["stop"], own.Select(choice => choice.GetProperty("finish_reason").GetString()).Where(reason => reason is not null));
        }

        await WaitUntilIdleAsync(local.Gateway);
    }

    [Fact]
    public async Task BestOf_OfSeveral_AreTheLikeliest()
    {
        var sampled = new { model = "auto", prompt = Prompt, temperature = 1.5, seed = 7, max_tokens = 12, ignore_eos = true, n = 6, logprobs = 0 };
        var all = await local.Client.CompleteAsync(sampled);
        var best = await local.Client.CompleteAsync(new { sampled.model, sampled.prompt, sampled.temperature, sampled.seed, sampled.max_tokens, sampled.ignore_eos, n = 2, best_of = 6 });
        var expected = all.OkJson.GetProperty("choices").EnumerateArray()
            .OrderByDescending(choice => choice.GetProperty("logprobs").GetProperty("token_logprobs").EnumerateArray().Average(value => value.GetDouble()))
            .Take(2).Select(choice => choice.GetProperty("text").GetString());
        Assert.Equal(expected, Texts(best));
        Assert.Equal(6 * 12, best.CompletionTokens);
        Assert.Equal(JsonValueKind.Null, best.OkJson.GetProperty("choices")[0].GetProperty("logprobs").ValueKind);
        var streamed = await AnswerEvents.StreamAsync(local.Client, GatewayRequests.CompletionsPath, Body(("n", 2), ("best_of", 2)));
        Assert.Equal(2, streamed.FinishReasons.Count);
        (await local.Client.CompleteAsync(Body(("best_of", 2), ("stream", true)))).ShouldBe(ErrorCode.CallerInvalidField, "best_of");
    }

    [Fact]
    public async Task Tokens_ThatAreNoWholeCharacters_AreWrittenAsBytes()
    {
        var tokenizer = local.Engine.Current!.Tokenizer;
        var id = Enumerable.Range(0, 4096).First(id => tokenizer.BytesOf(id).Span is [>= 0x80]);
        var answer = await local.Client.CompleteAsync(new { model = "auto", prompt = new[] { 5, id }, echo = true, max_tokens = 0, logprobs = 0 });
        var tokens = answer.OkJson.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("tokens");
        Assert.Equal($"bytes:\\x{tokenizer.BytesOf(id).Span[0]:x2}", tokens[1].GetString());
    }

    private Task<Answer> CompleteAsync(params (string Name, object? Value)[] more) => local.Client.CompleteAsync(Body(more));

    private static Dictionary<string, object?> Body(params (string Name, object? Value)[] more)
    {
        Dictionary<string, object?> body = new() { ["model"] = "auto", ["prompt"] = Prompt, ["temperature"] = 0 };
        foreach (var (name, value) in more)
        {
            body[name] = value;
        }

        return body;
    }

    private static IEnumerable<string> Strings(JsonElement logprobs, string name) => logprobs.GetProperty(name).EnumerateArray().Select(item => item.GetString()!);

    private static IEnumerable<string?> Texts(Answer answer) => answer.OkJson.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("text").GetString());
}
