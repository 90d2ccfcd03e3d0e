using Remote.TestNode;

if (HostedNode.IsWanted(args))
{
    await HostedNode.RunAsync(args, Console.Out);
    return 0;
}

return await Node.RunAsync(Console.In, Console.Out, Console.Error);
