using Gateway.Policies;
using Gateway.Providers;
using Gateway.Providers.Simulation;
using Gateway.Routing;

namespace Gateway.Rehearsal;

/// <summary>Models that answer as a scenario says, else as their cards say, else as usual.</summary>
internal sealed class ScenarioModels(Scenario scenario) : ISimulatedModels
{
    private const int UsualTokens = 60;
    private const double UsualTokensPerSecond = 50;
    private static readonly TimeSpan UsualFirstToken = TimeSpan.FromSeconds(0.5);

    public SimulatedCall Next(AttemptRequest attempt)
    {
        var model = attempt.Model;
        var firstToken = model.TypicalFirstToken ?? UsualFirstToken;
        var speed = model.TypicalTokensPerSecond ?? UsualTokensPerSecond;
        foreach (var timing in scenario.Models.Where(timing => timing.Target.Includes(model)))
        {
            (firstToken, speed) = (timing.FirstToken ?? firstToken, timing.TokensPerSecond ?? speed);
        }

        var prompt = RequestProfiler.Read(attempt.Request).PromptTokens(model.Tokenizer);
        return new SimulatedCall(firstToken, TimeSpan.FromSeconds(1 / speed), TokensOf(model), prompt);
    }

    /// <summary>The length of the model's answers.</summary>
    public int TokensOf(ModelCard model)
    {
        var tokens = scenario.Models.LastOrDefault(timing => timing.Tokens is not null && timing.Target.Includes(model))?.Tokens ?? UsualTokens;
        return Math.Min(tokens, scenario.Request.MaxTokens ?? tokens);
    }
}
