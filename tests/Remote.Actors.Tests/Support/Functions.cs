namespace Remote.Actors.Tests;

/// <summary>Props for short actors.</summary>
internal static class Functions
{
    public static Props Props(Action<IContext> receive) => Actors.Props.FromFunction(context =>
    {
        receive(context);
        return Task.CompletedTask;
    });

    /// <summary>Answers every string with itself.</summary>
    public static readonly Props Echo = Props(context =>
    {
        if (context.Message is string)
        {
            context.Respond(context.Message);
        }
    });
}
