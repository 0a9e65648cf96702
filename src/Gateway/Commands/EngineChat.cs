using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Engine;
using Gateway.Engine.Dialogue;
using Gateway.Engine.Sampling;
using Gateway.Engine.Text;

namespace Gateway.Commands;

/// <summary>A conversation with a model, line by line: what the user types goes in, answers come out as they are generated.</summary>
/// <param name="model">The model.</param>
/// <param name="output">Where answers go.</param>
/// <param name="time">The date that templates may print.</param>
internal sealed class EngineChat(LanguageModel model, TextWriter output, TimeProvider time)
{
    private const string Help = "/system TEXT  tell the model something before the conversation, which begins anew\n/adapter NAME answer under that adapter; without a name, as the bare model\n/reset        begin anew\n/quit         end";

    private readonly JsonArray _messages = [];
    private CancellationTokenSource? _answer;

    /// <summary>What the model is told before the conversation; null for nothing.</summary>
    public string? SystemText { get; set; }

    /// <summary>The adapter that answers; null for the bare model.</summary>
    public string? Adapter { get; set; }

    public required SamplingParameters Sampling { get; init; }

    /// <summary>Most tokens of an answer.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>Whether the output understands escape sequences: reasoning is then shown dimmed.</summary>
    public bool IsStyled { get; init; }

    /// <summary>What invites the user to type.</summary>
    public string PromptText { get; init; } = "";

    /// <summary>Talks until the input ends or the user quits.</summary>
    public async Task RunAsync(TextReader input, CancellationToken cancellationToken)
    {
        Reset();
        while (true)
        {
            await output.WriteAsync(PromptText);
            await output.FlushAsync(cancellationToken);
            var line = await input.ReadLineAsync(cancellationToken);
            switch (line?.Trim().Split(' ', 2))
            {
                case null or ["/quit"]:
                    return;
                case [""]:
                    break;
                case ["/help"]:
                    await output.WriteLineAsync(Help);
                    break;
                case ["/reset"]:
                    Reset();
                    break;
                case ["/system", .. var text]:
                    SystemText = text is [var told] ? told : null;
                    Reset();
                    break;
                case ["/adapter", .. var name]:
                    await ChooseAsync(name is [var chosen] ? chosen.Trim() : null);
                    break;
                case [['/', ..], ..]:
                    await output.WriteLineAsync($"There is no such command.\n{Help}");
                    break;
                default:
                    await AnswerAsync(line!, cancellationToken);
                    break;
            }
        }
    }

    /// <summary>Stops the answer that is being given; false when there is none.</summary>
    public bool StopAnswer()
    {
        var answer = Volatile.Read(ref _answer);
        answer?.Cancel();
        return answer is not null;
    }

    private static JsonObject Message(string role, string text) => new() { ["role"] = role, ["content"] = text };

    /// <summary>What was said stays: so the same question can be asked again.</summary>
    private async Task ChooseAsync(string? adapter)
    {
        var known = model.Engine.Model.Adapters;
        if (adapter is null || known.Contains(adapter))
        {
            Adapter = adapter;
            return;
        }

        await output.WriteLineAsync(known.Count == 0 ? "There are no adapters; begin with --adapter NAME=FOLDER." : $"There is no adapter '{adapter}'; there are {string.Join(", ", known)}.");
    }

    private void Reset()
    {
        _messages.Clear();
        if (SystemText is { } text)
        {
            _messages.Add(Message("system", text));
        }
    }

    private async Task AnswerAsync(string line, CancellationToken cancellationToken)
    {
        _messages.Add(Message("user", line));
        var turn = model.Begin(new Conversation { Messages = JsonSerializer.SerializeToElement(_messages), Now = time.GetLocalNow() });
        var request = new TokenRequest { PromptIds = turn.PromptIds, MaxTokens = MaxTokens, Sampling = Sampling, Adapter = Adapter };
        var writer = new AnswerWriter(output, IsStyled);
        var note = "";
        using var answer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Volatile.Write(ref _answer, answer);
        try
        {
            await foreach (var delta in model.ChatAsync(turn, request, [], answer.Token))
            {
                foreach (var part in delta.Parts)
                {
                    await writer.WriteAsync(part);
                }

                await output.FlushAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (answer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            note = " [stopped]";
        }
        catch (EngineRequestException exception)
        {
            // What was said last does not fit behind what was said before.
            _messages.RemoveAt(_messages.Count - 1);
            await output.WriteLineAsync($"{exception.Message} /reset begins anew.");
            return;
        }
        finally
        {
            Volatile.Write(ref _answer, null);
        }

        await writer.EndAsync(note);
        _messages.Add(Message("assistant", writer.Content));
    }
}
