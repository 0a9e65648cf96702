using Gateway.Policies.Yaml;

namespace Gateway.Policies.Validation;

/// <summary>Adds what is found in one file to the findings of the load.</summary>
internal sealed class FileReport(string file, Findings findings)
{
    /// <summary>About the file as a whole.</summary>
    public void Error(string message, string fix) => findings.AddError(new PolicyError(file, 0, 0, "", message, fix));

    /// <inheritdoc cref="Error(string, string)"/>
    public void Warning(string message, string fix) => findings.AddWarning(new PolicyError(file, 0, 0, "", message, fix));

    public void Error(Place at, string key, string message, string fix) =>
        findings.AddError(new PolicyError(file, at.Line, at.Column, key, message, fix));

    public void Warning(Place at, string key, string message, string fix) =>
        findings.AddWarning(new PolicyError(file, at.Line, at.Column, key, message, fix));
}
