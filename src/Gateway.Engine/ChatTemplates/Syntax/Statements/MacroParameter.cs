using Gateway.Engine.ChatTemplates.Syntax.Expressions;

namespace Gateway.Engine.ChatTemplates.Syntax.Statements;

/// <param name="Name">The variable in the macro's body.</param>
/// <param name="Default">Evaluated at each call that does not give the argument; without it the parameter is then undefined.</param>
internal sealed record MacroParameter(string Name, Expression? Default);
