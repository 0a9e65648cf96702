using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>Collects the errors and warnings of one load.</summary>
internal sealed class Findings
{
    /// <summary>What a person can still read; a hostile file could hold a hundred thousand errors.</summary>
    private const int MaxOfEach = 1000;

    private readonly List<PolicyError> _errors = [];
    private readonly List<PolicyError> _warnings = [];

    /// <summary>Sorted by file, in the order in which the files are read, others last, then from top to bottom.</summary>
    public ImmutableArray<PolicyError> Errors => Sorted(_errors);

    /// <summary>Sorted like <see cref="Errors"/>.</summary>
    public ImmutableArray<PolicyError> Warnings => Sorted(_warnings);

    public void AddError(PolicyError error) => Add(_errors, error);

    public void AddWarning(PolicyError warning) => Add(_warnings, warning);

    private static void Add(List<PolicyError> list, PolicyError finding)
    {
        if (list.Count < MaxOfEach)
        {
            list.Add(finding);
        }
        else if (list.Count == MaxOfEach)
        {
            var message = $"Only the first {MaxOfEach} findings are listed.";
            list.Add(new PolicyError(finding.File, 0, 0, "", message, "Mend those and check again"));
        }
    }

    private static ImmutableArray<PolicyError> Sorted(List<PolicyError> list) =>
    [
        .. list.GroupBy(finding => finding.File)
            .OrderBy(file => PolicyFiles.All.IndexOf(Path.GetFileName(file.Key)) is >= 0 and var index ? index : PolicyFiles.All.Length)
            .SelectMany(file => file.OrderBy(finding => finding.Line).ThenBy(finding => finding.Column)),
    ];
}
