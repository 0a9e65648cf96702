using Gateway.Policies;
using Gateway.Routing.Difficulty;

namespace Gateway.Routing;

/// <summary>
/// The probability of a good answer to one prompt, over a model's skill: the two-parameter logistic curve of item response theory
/// (Birnbaum 1968). The difficulty model gives two points of it, those of the models that it learnt from; the curve through them tells
/// what lies between and beyond. It never falls: to a model with more skill it never gives less.
/// </summary>
internal readonly struct SkillCurve
{
    /// <summary>The mean accuracy of the weak model (Mixtral 8x7B) on the 7,690 prompts that the difficulty model learnt from.</summary>
    private const double WeakSkill = 0.670;

    /// <summary>The mean accuracy of the strong model (GPT-4) on the same prompts.</summary>
    private const double StrongSkill = 0.816;

    /// <summary>
    /// Below it a prompt would hardly tell models apart, or favour the worse one. The difficulty model says so of 6.5 % of the prompts that
    /// it learnt from.
    /// </summary>
    private const double LeastSlope = 0.25;

    /// <summary>Above it the curve would be a step, and what lies beyond the two points 0 or 1. It is so for 0.4 % of those prompts.</summary>
    private const double GreatestSlope = 3;

    /// <summary>Skills and probabilities are kept this far from 0 and 1, where log-odds have no end.</summary>
    private const double Margin = 0.01;

    private static readonly double Distance = LogOdds(StrongSkill) - LogOdds(WeakSkill);
    private static readonly double Middle = (LogOdds(StrongSkill) + LogOdds(WeakSkill)) / 2;

    private readonly double _level;
    private readonly double _slope;

    public SkillCurve(DifficultyEstimate difficulty)
    {
        var (weak, strong) = (LogOdds(difficulty.WeakSucceeds), LogOdds(difficulty.StrongSucceeds));
        _level = (weak + strong) / 2;
        _slope = Math.Clamp((strong - weak) / Distance, LeastSlope, GreatestSlope);
    }

    /// <param name="skill">0 to 1; see <see cref="ModelSkills"/>.</param>
    public double QualityAt(double skill) => 1 / (1 + Math.Exp(-(_level + (_slope * (LogOdds(skill) - Middle)))));

    /// <summary>The skill that counts for a kind of task.</summary>
    public static double SkillFor(TaskKind task, ModelSkills skills) => task switch
    {
        TaskKind.Code => skills.Code,
        TaskKind.Math => skills.Math,
        TaskKind.Reasoning => skills.Reasoning,
        TaskKind.Languages => skills.Languages,
        _ => null,
    }
    ?? skills.General;

    private static double LogOdds(double probability)
    {
        var inside = Math.Clamp(probability, Margin, 1 - Margin);
        return Math.Log(inside / (1 - inside));
    }
}
