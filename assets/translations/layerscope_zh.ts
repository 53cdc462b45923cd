<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en_US">
<context>
    <name>AccuracyCard</name>
    <message>
        <source>Accuracy</source>
        <translation>准确率</translation>
    </message>
    <message>
        <source>The share of right answers, step by step, appears here.</source>
        <translation>每一步的正确率会显示在这里。</translation>
    </message>
</context>
<context>
    <name>ActivationCard</name>
    <message>
        <source>Activations</source>
        <translation>激活值</translation>
    </message>
    <message>
        <source>root mean square on validation data, log scale</source>
        <translation>验证数据上的均方根，对数刻度</translation>
    </message>
    <message>
        <source>How large the output of each activation function is appears here.</source>
        <translation>这里显示每个激活函数的输出有多大。</translation>
    </message>
</context>
<context>
    <name>AttentionPane</name>
    <message>
        <source>Head</source>
        <translation>单头</translation>
    </message>
    <message>
        <source>One head, down to single weights</source>
        <translation>一个头，可放大到单个权重</translation>
    </message>
    <message>
        <source>Heads</source>
        <translation>注意力头</translation>
    </message>
    <message>
        <source>All heads of this layer</source>
        <translation>本层的所有头</translation>
    </message>
    <message>
        <source>Lines</source>
        <translation>连线</translation>
    </message>
    <message>
        <source>Lines between tokens</source>
        <translation>词元之间的连线</translation>
    </message>
    <message>
        <source>It is made of all heads: choose one to see how a weight came.</source>
        <translation>它由所有头合成：选择一个头，即可查看某个权重如何得出。</translation>
    </message>
    <message>
        <source>This weight</source>
        <translation>这个权重</translation>
    </message>
    <message>
        <source>What this query sees</source>
        <translation>这个查询所看到的</translation>
    </message>
    <message>
        <source>All looks at this key</source>
        <translation>看向这个键的全部权重</translation>
    </message>
    <message>
        <source>This head</source>
        <translation>这个头</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>All layers and heads</source>
        <translation>所有层与所有头</translation>
    </message>
    <message>
        <source>Image</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>On the image that the model was given</source>
        <translation>画在模型的输入图像上</translation>
    </message>
    <message>
        <source>{what} (A: the next picture)</source>
        <translation>{what}（A：下一种画法）</translation>
    </message>
    <message>
        <source>Faint too</source>
        <translation>显出微弱</translation>
    </message>
    <message>
        <source>Faint weights can be seen: colours on a logarithmic scale, lines full at the largest weight shown</source>
        <translation>让微弱的权重也看得见：颜色用对数刻度，连线在所示最大权重处完全不透明</translation>
    </message>
    <message>
        <source>Rollout: the product of ½A + ½I over {count} layers, A the mean of the heads.</source>
        <translation>注意力 rollout：{count} 层的 ½A + ½I 之积，A 是各头的平均。</translation>
    </message>
    <message>
        <source>The mean of {count} heads.</source>
        <translation>{count} 个头的平均。</translation>
    </message>
</context>
<context>
    <name>AxesPopup</name>
    <message>
        <source>the number furthest from 0</source>
        <translation>离 0 最远的数</translation>
    </message>
    <message>
        <source>the mean</source>
        <translation>平均值</translation>
    </message>
    <message>
        <source>the largest number</source>
        <translation>最大的数</translation>
    </message>
    <message>
        <source>magnitude |z|</source>
        <translation>模 |z|</translation>
    </message>
    <message>
        <source>real part</source>
        <translation>实部</translation>
    </message>
    <message>
        <source>imaginary part</source>
        <translation>虚部</translation>
    </message>
    <message>
        <source>phase, −π to π</source>
        <translation>辐角，−π 到 π</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>行</translation>
    </message>
    <message>
        <source>Columns</source>
        <translation>列</translation>
    </message>
    <message>
        <source>Of each block</source>
        <translation>每块取</translation>
    </message>
    <message>
        <source>Complex numbers as</source>
        <translation>复数显示为</translation>
    </message>
</context>
<context>
    <name>Bands</name>
    <message>
        <source>States and gates over time</source>
        <translation>随时间变化的状态与门</translation>
    </message>
    <message>
        <source>padding</source>
        <translation>填充</translation>
    </message>
    <message>
        <source>← t, read from right to left</source>
        <translation>← t，从右向左读取</translation>
    </message>
    <message>
        <source>below 0</source>
        <translation>小于 0</translation>
    </message>
    <message>
        <source>above 0</source>
        <translation>大于 0</translation>
    </message>
    <message>
        <source>open</source>
        <translation>开</translation>
    </message>
    <message>
        <source>closed</source>
        <translation>关</translation>
    </message>
</context>
<context>
    <name>BannerBar</name>
    <message>
        <source>Restart</source>
        <translation>重新启动</translation>
    </message>
    <message>
        <source>Open again</source>
        <translation>重新打开</translation>
    </message>
    <message>
        <source>Close the message</source>
        <translation>关闭消息</translation>
    </message>
    <message>
        <source>Start on {device}</source>
        <translation>在 {device} 上启动</translation>
    </message>
</context>
<context>
    <name>BoundaryCard</name>
    <message>
        <source>Decision boundary</source>
        <translation>决策边界</translation>
    </message>
    <message>
        <source>What the network says at every point of the plane appears here.</source>
        <translation>网络对平面上每一点的判断会显示在这里。</translation>
    </message>
    <message>
        <source>train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>validation</source>
        <translation>验证</translation>
    </message>
    <message>
        <source>{shown} of {total} points</source>
        <translation>{total} 个点中的 {shown} 个</translation>
    </message>
</context>
<context>
    <name>Breadcrumb</name>
    <message>
        <source>Where the cursor is</source>
        <translation>光标所在位置</translation>
    </message>
    <message>
        <source>Show where the cursor is</source>
        <translation>显示光标所在处</translation>
    </message>
    <message>
        <source>Go to the first step in it</source>
        <translation>转到其中的第一步</translation>
    </message>
    <message>
        <source>Show the modules between</source>
        <translation>显示中间的模块</translation>
    </message>
</context>
<context>
    <name>BreaksPopup</name>
    <message>
        <source>Stop where a pass first has…</source>
        <translation>在前向传播首次出现以下情况处停下……</translation>
    </message>
    <message>
        <source>NaN</source>
        <translation>NaN</translation>
    </message>
    <message>
        <source>an infinity</source>
        <translation>无穷大</translation>
    </message>
    <message>
        <source>Masks of attention are made of −∞: they are found, too.</source>
        <translation>注意力的掩码由 −∞ 构成：它们也会被找到。</translation>
    </message>
    <message>
        <source>a number larger in size than</source>
        <translation>绝对值大于</translation>
    </message>
    <message>
        <source>The bound, of either sign</source>
        <translation>界限，不分正负</translation>
    </message>
    <message>
        <source>a dead activation</source>
        <translation>失活的激活函数</translation>
    </message>
    <message>
        <source>An activation such as ReLU that gives nothing but zeros</source>
        <translation>例如 ReLU，其输出全为零</translation>
    </message>
    <message>
        <source>also in the gradients, going back</source>
        <translation>反向传播的梯度中也算</translation>
    </message>
    <message>
        <source>Gradients of the loss, where the data says what the answer is; else of the largest logit, or of the sum of the output</source>
        <translation>数据给出答案时是损失的梯度；否则是最大 logit 的梯度，或输出之和的梯度</translation>
    </message>
    <message>
        <source>softmax, op:conv, module:blocks.0*</source>
        <translation>softmax、op:conv、module:blocks.0*</translation>
    </message>
    <message>
        <source>an op that is found by</source>
        <translation>可这样找到的算子</translation>
    </message>
    <message>
        <source>What is typed to find something with Ctrl+K also counts here.</source>
        <translation>Ctrl+K 查找时可输入的内容，这里同样适用。</translation>
    </message>
    <message>
        <source>A pass that an op ends, as by shapes that do not fit, is always shown there.</source>
        <translation>因某个算子而中止的前向传播（例如形状不符），总会停在该处显示。</translation>
    </message>
    <message>
        <source>Looking at the numbers of this pass…</source>
        <translation>正在查看这次前向传播的数值……</translation>
    </message>
    <message>
        <source>Nothing in this pass. The next ones are looked at, too.</source>
        <translation>这次前向传播中没有。之后的也会查看。</translation>
    </message>
    <message>
        <source>One place in this pass. F5 goes there.</source>
        <translation>这次前向传播中有一处。按 F5 前往。</translation>
    </message>
    <message>
        <source>{count} places in this pass. F5 goes to the next.</source>
        <translation>这次前向传播中有 {count} 处。按 F5 前往下一处。</translation>
    </message>
</context>
<context>
    <name>Busy</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Give this up (Esc); everything on screen stays</source>
        <translation>放弃这一操作 (Esc)；屏幕上的一切保持不变</translation>
    </message>
    <message>
        <source>Looking at {name} …</source>
        <translation>正在查看 {name} …</translation>
    </message>
    <message>
        <source>Opening {name} …</source>
        <translation>正在打开 {name} …</translation>
    </message>
    <message>
        <source>Putting the weights of {name} into the model …</source>
        <translation>正在把 {name} 的权重装入模型 …</translation>
    </message>
    <message>
        <source>Running the forward pass …</source>
        <translation>正在运行前向传播 …</translation>
    </message>
    <message>
        <source>Saving the weights …</source>
        <translation>正在保存权重 …</translation>
    </message>
    <message>
        <source>Waiting for the engine …</source>
        <translation>正在等待引擎 …</translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds} 秒</translation>
    </message>
</context>
<context>
    <name>Canvas</name>
    <message>
        <source>Graph of the model</source>
        <translation>模型的计算图</translation>
    </message>
    <message>
        <source>output</source>
        <translation>输出</translation>
    </message>
    <message>
        <source>residual</source>
        <translation>残差</translation>
    </message>
    <message>
        <source>{count} params</source>
        <translation>{count} 参数</translation>
    </message>
    <message>
        <source>{source} → {target} and {count} more</source>
        <translation>{source} → {target}，另有 {count} 处</translation>
    </message>
    <message>
        <source>{count} ops, {time}</source>
        <translation>{count} 个算子，{time}</translation>
    </message>
    <message>
        <source>{count} parameters</source>
        <translation>{count} 参数</translation>
    </message>
    <message>
        <source>✕ stopped after this</source>
        <translation>✕ 在此之后停止</translation>
    </message>
    <message>
        <source>Laying out {count} ops…</source>
        <translation>正在排布 {count} 个运算……</translation>
    </message>
    <message>
        <source>Nothing has run yet. Ctrl+R opens the model again and runs it.</source>
        <translation>尚未运行。按 Ctrl+R 重新打开模型并运行。</translation>
    </message>
    <message>
        <source>Nothing has run yet. Give the model an input at the left.</source>
        <translation>尚未运行。请在左侧给模型一个输入。</translation>
    </message>
    <message>
        <source>The pass stopped before its first op:
{text}</source>
        <translation>前向传播在第一个算子之前就停止了：
{text}</translation>
    </message>
    <message>
        <source>This pass ran no op.</source>
        <translation>这次前向传播没有运行任何算子。</translation>
    </message>
    <message>
        <source>backwards</source>
        <translation>倒序</translation>
    </message>
</context>
<context>
    <name>Card</name>
    <message>
        <source>Choose pictures and their places</source>
        <translation>选择图片及其位置</translation>
    </message>
</context>
<context>
    <name>ChangeForm</name>
    <message>
        <source>all cells</source>
        <translation>全部单元</translation>
    </message>
    <message>
        <source>Cells, as NumPy indexes them</source>
        <translation>单元，按 NumPy 的索引写法</translation>
    </message>
    <message>
        <source>One place for each axis, as NumPy has it: a position, a range such as 0:4, or : for all. Empty for all cells.</source>
        <translation>每个轴一项，与 NumPy 相同：一个位置、一个范围（如 0:4），或用 : 表示全部。留空表示全部单元。</translation>
    </message>
    <message>
        <source>What becomes of them</source>
        <translation>它们变成什么</translation>
    </message>
    <message>
        <source>Number</source>
        <translation>数值</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>seed</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>改变</translation>
    </message>
    <message>
        <source>Do not change it</source>
        <translation>不改变</translation>
    </message>
    <message>
        <source>Do not change it (Esc)</source>
        <translation>不改变（Esc）</translation>
    </message>
    <message>
        <source>none yet</source>
        <translation>还没有</translation>
    </message>
    <message>
        <source>“{text}” is no number.</source>
        <translation>“{text}”不是数字。</translation>
    </message>
    <message>
        <source>The seed is a whole number from 0 on.</source>
        <translation>种子是从 0 开始的整数。</translation>
    </message>
</context>
<context>
    <name>ChangeMenu</name>
    <message>
        <source>Change</source>
        <translation>改变</translation>
    </message>
    <message>
        <source>Scale…</source>
        <translation>缩放…</translation>
    </message>
    <message>
        <source>Set to a number…</source>
        <translation>设为某个数…</translation>
    </message>
    <message>
        <source>Add noise…</source>
        <translation>加噪声…</translation>
    </message>
    <message>
        <source>Set to their mean…</source>
        <translation>设为均值…</translation>
    </message>
    <message>
        <source>Take from the pass beside…</source>
        <translation>取自旁边那次运行…</translation>
    </message>
    <message>
        <source>Take from the pass of the earlier input…</source>
        <translation>取自上一个输入的那次运行…</translation>
    </message>
    <message>
        <source>Set to 0</source>
        <translation>置零</translation>
    </message>
    <message>
        <source>All of the value</source>
        <translation>整个值</translation>
    </message>
</context>
<context>
    <name>Changed</name>
    <message>
        <source>set to {number} by your change</source>
        <translation>被你的更改设为 {number}</translation>
    </message>
    <message>
        <source>{computed}, set to {number} by your change</source>
        <translation>{computed}，被你的更改设为 {number}</translation>
    </message>
    <message>
        <source>{number} by your change</source>
        <translation>因你的更改为 {number}</translation>
    </message>
    <message>
        <source>{computed}, {number} by your change</source>
        <translation>{computed}，因你的更改为 {number}</translation>
    </message>
</context>
<context>
    <name>ChangesStrip</name>
    <message>
        <source>The pass without the changes, and back (Shift+C)</source>
        <translation>没有改变时的运行，再按一次返回（Shift+C）</translation>
    </message>
    <message>
        <source>Undo (Ctrl+Z)</source>
        <translation>撤销（Ctrl+Z）</translation>
    </message>
    <message>
        <source>Do it again (Ctrl+Y)</source>
        <translation>重做（Ctrl+Y）</translation>
    </message>
    <message>
        <source>Save, load, remove all</source>
        <translation>保存、载入、全部移除</translation>
    </message>
    <message>
        <source>Save the changes…</source>
        <translation>保存改变…</translation>
    </message>
    <message>
        <source>Save as a preset…</source>
        <translation>存为预设…</translation>
    </message>
    <message>
        <source>Load changes…</source>
        <translation>载入改变…</translation>
    </message>
    <message>
        <source>Remove all</source>
        <translation>全部移除</translation>
    </message>
    <message>
        <source>BEFORE THE CHANGES</source>
        <translation>改变之前</translation>
    </message>
    <message>
        <source>CHANGED PASS</source>
        <translation>已改变</translation>
    </message>
    <message>
        <source>UNCHANGED</source>
        <translation>未改变</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>改变前</translation>
    </message>
    <message>
        <source>Save changes</source>
        <translation>保存改变</translation>
    </message>
    <message>
        <source>Save as a preset: the name of a new folder</source>
        <translation>存为预设：新文件夹的名称</translation>
    </message>
    <message>
        <source>my preset</source>
        <translation>我的预设</translation>
    </message>
    <message>
        <source>Load changes</source>
        <translation>载入改变</translation>
    </message>
    <message>
        <source>Remove this change</source>
        <translation>移除这项改变</translation>
    </message>
    <message>
        <source>Click to go there, and light what depends on it.</source>
        <translation>点击前往该处，并点亮依赖于它的部分。</translation>
    </message>
</context>
<context>
    <name>Chip</name>
    <message>
        <source>Light everything again (Esc)</source>
        <translation>全部恢复明亮（Esc）</translation>
    </message>
    <message>
        <source>Paths begin at {node}: Ctrl+Shift+M lights those to the cursor</source>
        <translation>路径起点：{node}。按 Ctrl+Shift+M 点亮到光标的路径</translation>
    </message>
    <message>
        <source>{node} comes from {count} of {all} ops</source>
        <translation>{node} 来自 {all} 个算子中的 {count} 个</translation>
    </message>
    <message>
        <source>{count} of {all} ops depend on {node}</source>
        <translation>{all} 个算子中有 {count} 个依赖 {node}</translation>
    </message>
    <message>
        <source>{count} of {all} ops are on the paths from {start} to {node}</source>
        <translation>从 {start} 到 {node} 的路径上有 {count} 个算子（共 {all} 个）</translation>
    </message>
    <message>
        <source>No path leads from {start} to {node}</source>
        <translation>{start} 与 {node} 之间没有路径</translation>
    </message>
    <message>
        <source>{block} of {all}</source>
        <translation>{block}（属于 {all}）</translation>
    </message>
    <message>
        <source>{numbers} parameters in {count} tensors</source>
        <translation>{numbers} 参数，分在 {count} 个张量中</translation>
    </message>
    <message>
        <source>{numbers} parameters in one tensor</source>
        <translation>{numbers} 参数，在一个张量中</translation>
    </message>
    <message>
        <source>input {names}</source>
        <translation>输入 {names}</translation>
    </message>
</context>
<context>
    <name>Chips</name>
    <message>
        <source>Heads</source>
        <translation>多头</translation>
    </message>
    <message>
        <source>mean</source>
        <translation>平均</translation>
    </message>
    <message>
        <source>rollout</source>
        <translation>rollout</translation>
    </message>
    <message>
        <source>all / none</source>
        <translation>全部 / 无</translation>
    </message>
    <message>
        <source>The mean of all heads</source>
        <translation>所有头的平均</translation>
    </message>
    <message>
        <source>Rollout: what all layers up to this one make together. The product over layers of ½A + ½I, A the mean of the heads (Abnar &amp; Zuidema 2020).</source>
        <translation>注意力 rollout：到这一层为止各层共同的作用，即各层 ½A + ½I 之积，A 是各头的平均（Abnar &amp; Zuidema 2020）。</translation>
    </message>
    <message>
        <source>Lines of all heads, or of none</source>
        <translation>显示所有头的连线，或都不显示</translation>
    </message>
    <message>
        <source>Head {number}: click to show its lines or not, twice for it alone</source>
        <translation>头 {number}：单击显示或隐藏它的连线，双击只看它</translation>
    </message>
    <message>
        <source>Head {number}</source>
        <translation>头 {number}</translation>
    </message>
    <message>
        <source>parameter</source>
        <translation>参数</translation>
    </message>
    <message>
        <source>buffer</source>
        <translation>缓冲区</translation>
    </message>
    <message>
        <source>input</source>
        <translation>输入</translation>
    </message>
    <message>
        <source>constant</source>
        <translation>常量</translation>
    </message>
    <message>
        <source>gradient</source>
        <translation>梯度</translation>
    </message>
</context>
<context>
    <name>Colours</name>
    <message>
        <source>How often each number occurs. Drag the black and the white point.</source>
        <translation>每个数出现的频率。可拖动黑点和白点。</translation>
    </message>
    <message>
        <source>from</source>
        <translation>从</translation>
    </message>
    <message>
        <source>The black point: what is below has its colour</source>
        <translation>黑点：更小的数与它同色</translation>
    </message>
    <message>
        <source>to</source>
        <translation>到</translation>
    </message>
    <message>
        <source>The white point: what is above has its colour</source>
        <translation>白点：更大的数与它同色</translation>
    </message>
    <message>
        <source>All numbers</source>
        <translation>全部数值</translation>
    </message>
    <message>
        <source>98 %</source>
        <translation>98 %</translation>
    </message>
    <message>
        <source>From the smallest number of the slice to the largest</source>
        <translation>从切片中最小的数到最大的数</translation>
    </message>
    <message>
        <source>Without the smallest and the largest hundredth of the slice</source>
        <translation>去掉切片中最小和最大的百分之一</translation>
    </message>
    <message>
        <source>Keep this scale for the next values</source>
        <translation>后面的值也用这个色标</translation>
    </message>
    <message>
        <source>Logarithmic</source>
        <translation>对数刻度</translation>
    </message>
    <message>
        <source>A tenth is as far from one as one from ten, on both sides of 0</source>
        <translation>0.1 到 1 与 1 到 10 一样远，0 的两侧都如此</translation>
    </message>
    <message>
        <source>0 in the middle if there are both signs</source>
        <translation>正负都有时，0 居中</translation>
    </message>
    <message>
        <source>0 in the middle: blue below, red above</source>
        <translation>0 居中：以下为蓝，以上为红</translation>
    </message>
    <message>
        <source>One colour ramp from low to high</source>
        <translation>从低到高用一条色带</translation>
    </message>
    <message>
        <source>Which colours</source>
        <translation>用哪些颜色</translation>
    </message>
</context>
<context>
    <name>Columns</name>
    <message>
        <source>Neurons and the weights between them</source>
        <translation>神经元及其间的权重</translation>
    </message>
    <message>
        <source>{count} before</source>
        <translation>前面还有 {count} 个</translation>
    </message>
    <message>
        <source>{count} more</source>
        <translation>还有 {count} 个</translation>
    </message>
</context>
<context>
    <name>CompareMenu</name>
    <message>
        <source>Nothing</source>
        <translation>不比较</translation>
    </message>
    <message>
        <source>The input of its op</source>
        <translation>它的算子的输入</translation>
    </message>
    <message>
        <source>The same value of the pass beside</source>
        <translation>旁边那次运行的同一个值</translation>
    </message>
    <message>
        <source>B keeps a pass beside</source>
        <translation>按 B 把一次运行放在旁边</translation>
    </message>
    <message>
        <source>The value before the changes</source>
        <translation>改变之前的值</translation>
    </message>
    <message>
        <source>C changes the pass</source>
        <translation>按 C 改变这次运行</translation>
    </message>
</context>
<context>
    <name>ConfusionCard</name>
    <message>
        <source>Confusion</source>
        <translation>混淆矩阵</translation>
    </message>
    <message>
        <source>Which class is taken for which, on the validation data, appears here.</source>
        <translation>验证数据上各类别互相混淆的情况会显示在这里。</translation>
    </message>
    <message>
        <source>{right} of {total} right · {share}</source>
        <translation>{total} 个中 {right} 个正确 · {share}</translation>
    </message>
</context>
<context>
    <name>ConvolutionPane</name>
    <message>
        <source>Input, kernel and output</source>
        <translation>输入、卷积核与输出</translation>
    </message>
    <message>
        <source>Sample</source>
        <translation>样例</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>滤波器</translation>
    </message>
    <message>
        <source>Channel</source>
        <translation>通道</translation>
    </message>
    <message>
        <source>The output channel ([ and ])</source>
        <translation>输出通道（方括号键）</translation>
    </message>
    <message>
        <source>The input channel (braces)</source>
        <translation>输入通道（花括号键）</translation>
    </message>
    <message>
        <source>Slide the kernel</source>
        <translation>滑动卷积核</translation>
    </message>
    <message>
        <source>Slide the kernel over the output, row by row (Space on the pictures)</source>
        <translation>让卷积核逐行滑过整个输出（在图上按空格键）</translation>
    </message>
    <message>
        <source>All filters</source>
        <translation>所有滤波器</translation>
    </message>
    <message>
        <source>Every filter of the layer as a picture</source>
        <translation>把该层的每个滤波器显示为图像</translation>
    </message>
    <message>
        <source>input, channel {number}</source>
        <translation>输入，通道 {number}</translation>
    </message>
    <message>
        <source>output, channel {number}</source>
        <translation>输出，通道 {number}</translation>
    </message>
    <message>
        <source>kernel</source>
        <translation>卷积核</translation>
    </message>
    <message>
        <source>Every filter as a picture in colour: grey is zero.</source>
        <translation>每个滤波器都是一幅彩色图像：灰色表示零。</translation>
    </message>
    <message>
        <source>The weights of every filter for this input channel, on one colour scale.</source>
        <translation>每个滤波器对该输入通道的权重，共用一个色标。</translation>
    </message>
    <message>
        <source>Numbers under the kernel times its own, added up: that is one cell of the output.</source>
        <translation>卷积核下的数与核中的数相乘再相加，就得到输出的一个单元格。</translation>
    </message>
    <message>
        <source>Move over the output and the kernel slides along; a click keeps the cell and tells how it came to be. Red is above zero, blue below; what is hatched is padding and counts as 0.</source>
        <translation>在输出上移动鼠标，卷积核随之滑动；单击可固定单元格并说明它的由来。红色大于零，蓝色小于零；斜线部分是填充，按 0 计算。</translation>
    </message>
    <message>
        <source>y[{index}], input channel {number}: Σ {sum}</source>
        <translation>y[{index}]，输入通道 {number}：Σ {sum}</translation>
    </message>
    <message>
        <source>{place}: {count} products, Σ {sum}</source>
        <translation>{place}：{count} 个乘积，Σ {sum}</translation>
    </message>
    <message>
        <source>{place} = {weight} meets no input</source>
        <translation>{place} = {weight} 没有对应的输入</translation>
    </message>
    <message>
        <source>{count} channels: {sum}</source>
        <translation>{count} 个通道：{sum}</translation>
    </message>
    <message>
        <source> + bias {bias}</source>
        <translation> + 偏置 {bias}</translation>
    </message>
    <message>
        <source>{parts} = {total}, rounded to {number} in {dtype}</source>
        <translation>{parts} = {total}，{dtype} 舍入为 {number}</translation>
    </message>
    <message>
        <source>This weight</source>
        <translation>这个权重</translation>
    </message>
    <message>
        <source>This cell</source>
        <translation>这个单元</translation>
    </message>
    <message>
        <source>This kernel</source>
        <translation>这个卷积核</translation>
    </message>
    <message>
        <source>This channel</source>
        <translation>这个通道</translation>
    </message>
    <message>
        <source>This filter</source>
        <translation>这个滤波器</translation>
    </message>
</context>
<context>
    <name>Counts</name>
    <message>
        <source>predicted →</source>
        <translation>预测 →</translation>
    </message>
    <message>
        <source>← actual</source>
        <translation>← 实际</translation>
    </message>
</context>
<context>
    <name>CurveCard</name>
    <message>
        <source>train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>validation</source>
        <translation>验证</translation>
    </message>
    <message>
        <source>{curve} is not a finite number since step {step}</source>
        <translation>{curve} 从第 {step} 步起不是有限数</translation>
    </message>
    <message>
        <source>step {step} · {values}</source>
        <translation>第 {step} 步 · {values}</translation>
    </message>
</context>
<context>
    <name>DeadCard</name>
    <message>
        <source>Dead units</source>
        <translation>死亡单元</translation>
    </message>
    <message>
        <source>0 for every validation example</source>
        <translation>对所有验证样本都为 0</translation>
    </message>
    <message>
        <source>The share of units that are 0 whatever comes in appears here.</source>
        <translation>这里显示无论输入什么都为 0 的单元所占的比例。</translation>
    </message>
</context>
<context>
    <name>DerivationDrawer</name>
    <message>
        <source>Close (Esc)</source>
        <translation>关闭（Esc）</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>kept: {number}</source>
        <translation>已固定：{number}</translation>
    </message>
    <message>
        <source>{number}, before the changes</source>
        <translation>{number}（改变之前）</translation>
    </message>
    <message>
        <source>Working it out …</source>
        <translation>正在推算……</translation>
    </message>
    <message>
        <source>How likely it is, by {value}</source>
        <translation>由{value}得到的概率</translation>
    </message>
    <message>
        <source> + {count} more ({sum})</source>
        <translation> + 其余 {count} 项（{sum}）</translation>
    </message>
    <message>
        <source>First order: each input times its slope, not how it was computed.</source>
        <translation>一阶近似：每个输入乘以它的斜率，并非真正的计算方式。</translation>
    </message>
</context>
<context>
    <name>DistributionPane</name>
    <message>
        <source>numbers</source>
        <translation>数的个数</translation>
    </message>
    <message>
        <source>mean</source>
        <translation>平均值</translation>
    </message>
    <message>
        <source>minimum</source>
        <translation>最小值</translation>
    </message>
    <message>
        <source>maximum</source>
        <translation>最大值</translation>
    </message>
    <message>
        <source>deviation</source>
        <translation>标准差</translation>
    </message>
    <message>
        <source>zeros</source>
        <translation>零的个数</translation>
    </message>
    <message>
        <source>outliers</source>
        <translation>离群值</translation>
    </message>
    <message>
        <source>median</source>
        <translation>中位数</translation>
    </message>
    <message>
        <source>The standard deviation, over the whole value</source>
        <translation>整个值的标准差</translation>
    </message>
    <message>
        <source>Further from the quartiles than 1.5 times their distance from each other</source>
        <translation>与四分位数的距离超过四分位距的 1.5 倍</translation>
    </message>
    <message>
        <source>Which numbers occur, and how often.</source>
        <translation>各个数出现的次数。</translation>
    </message>
    <message>
        <source>Which numbers occur, and how often, among {sampled} evenly sampled ones.</source>
        <translation>均匀抽取的 {sampled} 个数中，各个数出现的次数。</translation>
    </message>
    <message>
        <source>Below, how those of each unit are spread.</source>
        <translation>下方是各单元的分布。</translation>
    </message>
    <message>
        <source>Half of the numbers of a unit are in its box, the line is the median. Whiskers end at the last number that is no outlier; a triangle says that there are more beyond the plot. A click shows the numbers.</source>
        <translation>每个单元有一半的数在箱体内，横线是中位数。须线止于最后一个非离群值；三角形表示图外还有数。点击可查看这些数。</translation>
    </message>
    <message>
        <source>Outliers have another colour.</source>
        <translation>离群值以另一种颜色显示。</translation>
    </message>
</context>
<context>
    <name>DropPlace</name>
    <message>
        <source>Drop it to open it</source>
        <translation>松开即可打开</translation>
    </message>
    <message>
        <source>A Python file, a Hugging Face folder, weights or a preset. Nothing runs yet.</source>
        <translation>Python 文件、Hugging Face 文件夹、权重或预设。此时不会运行任何代码。</translation>
    </message>
</context>
<context>
    <name>Editor</name>
    <message>
        <source>no sample</source>
        <translation>非样本</translation>
    </message>
    <message>
        <source>sample</source>
        <translation>样本</translation>
    </message>
    <message>
        <source>Sample of the validation data</source>
        <translation>验证数据中的样本</translation>
    </message>
    <message>
        <source>A real sample that the training never saw: 0 to {last}</source>
        <translation>训练从未见过的真实样本：编号 0 到 {last}</translation>
    </message>
    <message>
        <source>Previous sample</source>
        <translation>上一个样本</translation>
    </message>
    <message>
        <source>Next sample</source>
        <translation>下一个样本</translation>
    </message>
    <message>
        <source>label: {name} · samples 0–{last}</source>
        <translation>标签：{name} · 样本 0–{last}</translation>
    </message>
    <message>
        <source>your own numbers, not a sample</source>
        <translation>你自己的数字，不是样本</translation>
    </message>
</context>
<context>
    <name>EmbeddingPane</name>
    <message>
        <source>The two directions in which the rows differ most</source>
        <translation>各行差异最大的两个方向</translation>
    </message>
    <message>
        <source>Keeps near what is near; takes seconds, distances say little</source>
        <translation>相近的仍相近；需要数秒，距离没有多少意义</translation>
    </message>
    <message>
        <source>Point at a row to see what is near it.</source>
        <translation>指向一行，看看什么与它相近。</translation>
    </message>
    <message>
        <source>Every row of the table as a point; those used in this pass are blue.</source>
        <translation>表中每一行是一个点；这次前向传播用到的为蓝色。</translation>
    </message>
    <message>
        <source>Near points are similar rows, as far as two axes can tell; the cosine is of whole rows. The wheel zooms, a drag moves, a click keeps a row.</source>
        <translation>就两个轴所能表示的而言，相近的点是相似的行；余弦按整行计算。滚轮缩放，拖动平移，点击保留一行。</translation>
    </message>
    <message>
        <source>Computing…</source>
        <translation>正在计算……</translation>
    </message>
    <message>
        <source>{shown} rows, {used} used</source>
        <translation>{shown} 行，用到 {used} 行</translation>
    </message>
    <message>
        <source>{shown} of {total} rows, {used} used</source>
        <translation>{total} 行中的 {shown} 行，用到 {used} 行</translation>
    </message>
    <message>
        <source>nearest to “{row}” by cosine: {rows}</source>
        <translation>与“{row}”余弦最近：{rows}</translation>
    </message>
</context>
<context>
    <name>ExampleEditor</name>
    <message>
        <source>The arguments that your program gave to explorer.view.</source>
        <translation>你的程序传给 explorer.view 的参数。</translation>
    </message>
    <message>
        <source>What example_inputs() of {file} returns.</source>
        <translation>{file} 中 example_inputs() 返回的内容。</translation>
    </message>
    <message>
        <source>An example made for this kind of model.</source>
        <translation>为这类模型生成的示例。</translation>
    </message>
    <message>
        <source>An example that came with the model.</source>
        <translation>模型自带的示例。</translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message>
        <source>Export the graph</source>
        <translation>导出计算图</translation>
    </message>
    <message>
        <source>Export the figure</source>
        <translation>导出示意图</translation>
    </message>
    <message>
        <source>Sharp at any size. Text stays text.</source>
        <translation>任意大小都清晰，文字仍是文字。</translation>
    </message>
    <message>
        <source>One page, sharp at any size. Text can be selected.</source>
        <translation>单页，任意大小都清晰，文字可以选中。</translation>
    </message>
    <message>
        <source>Pixels, for slides and pages.</source>
        <translation>像素图，适合幻灯片和网页。</translation>
    </message>
    <message>
        <source>Every event and value of the pass, for other programs.</source>
        <translation>前向传播的全部事件与数值，供其他程序使用。</translation>
    </message>
    <message>
        <source>For Graphviz, which lays it out anew.</source>
        <translation>供 Graphviz 使用，由它重新布局。</translation>
    </message>
    <message>
        <source>Whole graph</source>
        <translation>整个计算图</translation>
    </message>
    <message>
        <source>Whole figure</source>
        <translation>整个示意图</translation>
    </message>
    <message>
        <source>What is in view</source>
        <translation>当前视图</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>For paper</source>
        <translation>打印</translation>
    </message>
    <message>
        <source>Scale</source>
        <translation>缩放</translation>
    </message>
    <message>
        <source>Name and input</source>
        <translation>名称和输入</translation>
    </message>
    <message>
        <source>The name of the model and what it was given, above</source>
        <translation>在上方写出模型的名称和它的输入</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>当前步</translation>
    </message>
    <message>
        <source>The step is marked, and what comes later dimmed</source>
        <translation>标出当前步，其后的部分变暗</translation>
    </message>
    <message>
        <source>What the picture will look like</source>
        <translation>图片预览</translation>
    </message>
    <message>
        <source>Save as…</source>
        <translation>另存为…</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Part</source>
        <translation>范围</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>配色</translation>
    </message>
    <message>
        <source>With</source>
        <translation>附加</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>{width} × {height} pixels</source>
        <translation>{width} × {height} 像素</translation>
    </message>
    <message>
        <source>At most × {largest}: no image can hold more.</source>
        <translation>最多 × {largest}：图像容纳不下更多。</translation>
    </message>
</context>
<context>
    <name>FeaturesPane</name>
    <message>
        <source>Each its own scale</source>
        <translation>各用各的色标</translation>
    </message>
    <message>
        <source>On one scale, from 0 to the largest number of all maps, colours can be compared: a map that stays dark answers weakly. On its own scale each map shows its shape.</source>
        <translation>共用一个色标（从 0 到所有特征图中的最大值）时，颜色可以互相比较：一直偏暗的图响应较弱。各用各的色标时，每张图都能看清自己的形状。</translation>
    </message>
    <message>
        <source>Which maps come first</source>
        <translation>哪些特征图排在前面</translation>
    </message>
    <message>
        <source>Which maps come first, over the whole batch</source>
        <translation>哪些特征图排在前面（按整个批次计算）</translation>
    </message>
    <message>
        <source>in order</source>
        <translation>按原有顺序</translation>
    </message>
    <message>
        <source>mean |x|</source>
        <translation>平均 |x|</translation>
    </message>
    <message>
        <source>largest |x|</source>
        <translation>最大 |x|</translation>
    </message>
    <message>
        <source>Channels</source>
        <translation>通道</translation>
    </message>
    <message>
        <source>The picture the network sees.</source>
        <translation>网络看到的图像。</translation>
    </message>
    <message>
        <source>{shown} of {count} feature maps, those that answer most first.</source>
        <translation>{count} 张特征图中的 {shown} 张，响应最强的在前。</translation>
    </message>
    <message>
        <source>{count} feature maps, each on its own colour scale: compare shapes, not strengths.</source>
        <translation>{count} 张特征图，各用各的色标：可比较形状，不可比较强弱。</translation>
    </message>
    <message>
        <source>{count} feature maps on one colour scale: red above zero, blue below.</source>
        <translation>{count} 张特征图，同一色标：红正蓝负。</translation>
    </message>
    <message>
        <source>{count} feature maps on one colour scale: bright where a filter responds.</source>
        <translation>{count} 张特征图，同一色标：越亮响应越强。</translation>
    </message>
    <message>
        <source>{count} feature maps; each picture is the strongest of {step} neighbours.</source>
        <translation>{count} 张特征图；每张图取相邻 {step} 张中最强的。</translation>
    </message>
    <message>
        <source>This cell</source>
        <translation>这个单元</translation>
    </message>
    <message>
        <source>This map</source>
        <translation>这个特征图</translation>
    </message>
    <message>
        <source>channel {number}</source>
        <translation>通道 {number}</translation>
    </message>
</context>
<context>
    <name>Field</name>
    <message>
        <source>Needs {what}.</source>
        <translation>需要{what}。</translation>
    </message>
    <message>
        <source>{name} must be given.</source>
        <translation>必须给出 {name}。</translation>
    </message>
    <message>
        <source>“{text}” is not a number.</source>
        <translation>“{text}”不是数字。</translation>
    </message>
    <message>
        <source>“{text}” is not a Python literal, such as 3, 0.5, &quot;a&quot; or [1, 2].</source>
        <translation>“{text}”不是 Python 字面量，例如 3、0.5、&quot;a&quot; 或 [1, 2]。</translation>
    </message>
    <message>
        <source>“{text}” is not a whole number.</source>
        <translation>“{text}”不是整数。</translation>
    </message>
    <message>
        <source>required</source>
        <translation>必填</translation>
    </message>
</context>
<context>
    <name>FigurePage</name>
    <message>
        <source>Figure of the model</source>
        <translation>模型的示意图</translation>
    </message>
    <message>
        <source>{count} more</source>
        <translation>其余 {count} 项</translation>
    </message>
    <message>
        <source>Boxes: the more channels the thicker, the more cells the larger (by square roots). On its side, each shows the mean of its channels, low {key} high.</source>
        <translation>方块：通道越多越厚，尺寸越大越高（按平方根）。侧面是各通道的均值，低 {key} 高。</translation>
    </message>
    <message>
        <source>{edge} activation.</source>
        <translation>{edge} 激活函数。</translation>
    </message>
    <message>
        <source>Neurons: {minus} below, {plus} above 0, each layer on its own scale.</source>
        <translation>神经元：{minus} 小于 0，{plus} 大于 0，每层各用各的色标。</translation>
    </message>
    <message>
        <source>Left half: before its activation, right half: after it.</source>
        <translation>左半：激活前；右半：激活后。</translation>
    </message>
    <message>
        <source>Left half: after the layer, right half: after all of it.</source>
        <translation>左半：仅该层的输出；右半：再经过其后的运算。</translation>
    </message>
    <message>
        <source>Small square: bias.</source>
        <translation>小方块：偏置。</translation>
    </message>
    <message>
        <source>Lines: weight × number, {minus} below, {plus} above 0.</source>
        <translation>连线：权重 × 数值，{minus} 小于 0，{plus} 大于 0。</translation>
    </message>
    <message>
        <source>Lines: weights {minus} below, {plus} above 0.</source>
        <translation>连线：权重，{minus} 小于 0，{plus} 大于 0。</translation>
    </message>
    <message>
        <source>The first of {count} samples.</source>
        <translation>共 {count} 个样本，显示第一个。</translation>
    </message>
    <message>
        <source>Of each layer’s, the {count} largest between neurons shown.</source>
        <translation>每层只画所示神经元之间绝对值最大的 {count} 条。</translation>
    </message>
    <message>
        <source>residual</source>
        <translation>残差</translation>
    </message>
</context>
<context>
    <name>FigureSwitch</name>
    <message>
        <source>Graph</source>
        <translation>计算图</translation>
    </message>
    <message>
        <source>Show the model as a graph of its ops</source>
        <translation>用算子的计算图显示模型</translation>
    </message>
    <message>
        <source>Figure</source>
        <translation>示意图</translation>
    </message>
    <message>
        <source>Show the model as a figure</source>
        <translation>用示意图显示模型</translation>
    </message>
    <message>
        <source>Graph or figure</source>
        <translation>计算图或示意图</translation>
    </message>
</context>
<context>
    <name>Files</name>
    <message>
        <source>Open a model or its weights</source>
        <translation>打开模型或权重</translation>
    </message>
    <message>
        <source>Models and weights ({endings});;All files (*)</source>
        <translation>模型与权重 ({endings});;所有文件 (*)</translation>
    </message>
    <message>
        <source>Open a folder with a model</source>
        <translation>打开含有模型的文件夹</translation>
    </message>
    <message>
        <source>Save weights</source>
        <translation>保存权重</translation>
    </message>
</context>
<context>
    <name>Filters</name>
    <message>
        <source>Filters</source>
        <translation>滤波器</translation>
    </message>
</context>
<context>
    <name>Finds</name>
    <message>
        <source>What was found</source>
        <translation>查找结果</translation>
    </message>
    <message>
        <source>Nothing found. Try part of a module&apos;s, op&apos;s or command&apos;s name.</source>
        <translation>没有找到。试试模块、算子或命令名称的一部分。</translation>
    </message>
    <message>
        <source>-without</source>
        <translation>-排除</translation>
    </message>
    <message>
        <source>{at} of {count}</source>
        <translation>第 {at} 个，共 {count} 个</translation>
    </message>
    <message>
        <source>{count} found</source>
        <translation>找到 {count} 个</translation>
    </message>
</context>
<context>
    <name>FolderPage</name>
    <message>
        <source>reads text</source>
        <translation>读取文本</translation>
    </message>
    <message>
        <source>looks at pictures</source>
        <translation>读取图片</translation>
    </message>
    <message>
        <source>takes tensors</source>
        <translation>接受张量</translation>
    </message>
    <message>
        <source>Hugging Face folder</source>
        <translation>Hugging Face 文件夹</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>as its config says</source>
        <translation>配置文件所指定</translation>
    </message>
    <message>
        <source>ARCHITECTURE</source>
        <translation>架构</translation>
    </message>
    <message>
        <source>WEIGHTS</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>Its own weights</source>
        <translation>自带权重</translation>
    </message>
    <message>
        <source>{size} of safetensors</source>
        <translation>safetensors，共 {size}</translation>
    </message>
    <message>
        <source>There are none in this folder</source>
        <translation>此文件夹中没有权重</translation>
    </message>
    <message>
        <source>Random weights</source>
        <translation>随机权重</translation>
    </message>
    <message>
        <source>The architecture is the real one; what it computes means nothing</source>
        <translation>架构是真实的，但计算结果没有意义</translation>
    </message>
    <message>
        <source>This folder holds a configuration without weights. Choose random weights to see the architecture at work, or put the folder’s safetensors files beside config.json and open it again.</source>
        <translation>此文件夹只有配置，没有权重。可选择随机权重来观察架构如何运行，或把 safetensors 文件放到 config.json 旁边后重新打开。</translation>
    </message>
</context>
<context>
    <name>Formula</name>
    <message>
        <source>Copy as LaTeX</source>
        <translation>复制为 LaTeX</translation>
    </message>
    <message>
        <source>Copy as text</source>
        <translation>复制为文本</translation>
    </message>
</context>
<context>
    <name>FoundChip</name>
    <message>
        <source>The one before (Shift+F7)</source>
        <translation>上一个 (Shift+F7)</translation>
    </message>
    <message>
        <source>The next (F7)</source>
        <translation>下一个 (F7)</translation>
    </message>
    <message>
        <source>End the search (Esc)</source>
        <translation>结束查找 (Esc)</translation>
    </message>
    <message>
        <source>{at} of {count}</source>
        <translation>第 {at} 个，共 {count} 个</translation>
    </message>
</context>
<context>
    <name>Frame</name>
    <message>
        <source>Drop a picture here</source>
        <translation>把图片拖到这里</translation>
    </message>
</context>
<context>
    <name>Gallery</name>
    <message>
        <source>Start from a preset</source>
        <translation>从一个预设开始</translation>
    </message>
    <message>
        <source>Open a network, walk through its forward pass one step at a time, see attention and activations, then train it yourself.</source>
        <translation>打开一个网络，逐步执行前向传播，观察注意力与激活，然后亲手训练它。</translation>
    </message>
    <message>
        <source>Open a file…</source>
        <translation>打开文件…</translation>
    </message>
    <message>
        <source>Your own model: a Python file, weights, or a preset (Ctrl+O)</source>
        <translation>你自己的模型：Python 文件、权重或预设 (Ctrl+O)</translation>
    </message>
    <message>
        <source>Open a folder…</source>
        <translation>打开文件夹…</translation>
    </message>
    <message>
        <source>Your own model: a Hugging Face folder, or a preset (Ctrl+Shift+O)</source>
        <translation>你自己的模型：Hugging Face 文件夹或预设 (Ctrl+Shift+O)</translation>
    </message>
    <message>
        <source>… or drop your own model on the window</source>
        <translation>… 或把你自己的模型拖到窗口上</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
</context>
<context>
    <name>GradientCard</name>
    <message>
        <source>Gradients per layer</source>
        <translation>各层梯度</translation>
    </message>
    <message>
        <source>‖∂L/∂W‖, log scale</source>
        <translation>‖∂L/∂W‖，对数刻度</translation>
    </message>
    <message>
        <source>How strongly the loss pulls at each layer appears here.</source>
        <translation>损失对每一层的牵引强度会显示在这里。</translation>
    </message>
</context>
<context>
    <name>Grid</name>
    <message>
        <source>What the model would say after each block</source>
        <translation>每个模块之后模型会说什么</translation>
    </message>
</context>
<context>
    <name>HeadPart</name>
    <message>
        <source>Maps of the heads</source>
        <translation>各头的注意力图</translation>
    </message>
    <message>
        <source>head {number}</source>
        <translation>头 {number}</translation>
    </message>
    <message>
        <source>query</source>
        <translation>查询</translation>
    </message>
    <message>
        <source>key</source>
        <translation>键</translation>
    </message>
    <message>
        <source>Row: the token that looks (query). Column: the token looked at (key). Each row sums to 1; hatched cells are masked, the future. Wheel or + and −: zoom. Drag: move. Double click: to the numbers. 0: all of it.</source>
        <translation>行：在看的词元（查询）。列：被看的词元（键）。每行之和为 1；斜线格是被遮住的未来。滚轮或 + 和 −：缩放。拖动：移动。双击：到数字。0：看全部。</translation>
    </message>
    <message>
        <source>Each cell: the largest of {block} weights; the wheel zooms in.</source>
        <translation>每格：{block} 个权重中最大的；滚轮放大。</translation>
    </message>
    <message>
        <source>Row: who looks. Column: who is looked at. You changed some weights.</source>
        <translation>行：查看者。列：被查看者。其中一些权重被你改动过。</translation>
    </message>
    <message>
        <source>Each row sums to 1; hatched cells are masked.</source>
        <translation>每行之和为 1；斜线格被掩码遮住。</translation>
    </message>
    <message>
        <source>Row: who looks. Column: who is looked at. Each row sums to 1.</source>
        <translation>行：查看者。列：被查看者。每行之和为 1。</translation>
    </message>
    <message>
        <source>{what}: largest weight {peak:.3f}</source>
        <translation>{what}：最大权重 {peak:.3f}</translation>
    </message>
</context>
<context>
    <name>Header</name>
    <message>
        <source>Architecture</source>
        <translation>结构</translation>
    </message>
    <message>
        <source>Forward pass</source>
        <translation>前向传播</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Back to the gallery (Ctrl+G)</source>
        <translation>回到预设页 (Ctrl+G)</translation>
    </message>
    <message>
        <source>Open…</source>
        <translation>打开…</translation>
    </message>
    <message>
        <source>Open your own model (Ctrl+O)</source>
        <translation>打开你自己的模型 (Ctrl+O)</translation>
    </message>
    <message>
        <source>中</source>
        <translation>EN</translation>
    </message>
    <message>
        <source>简体中文 (Ctrl+L)</source>
        <translation>English (Ctrl+L)</translation>
    </message>
    <message>
        <source>Dark or light (Ctrl+D)</source>
        <translation>深色或浅色 (Ctrl+D)</translation>
    </message>
    <message>
        <source>Present</source>
        <translation>演示</translation>
    </message>
    <message>
        <source>Presentation (F11)</source>
        <translation>演示模式 (F11)</translation>
    </message>
    <message>
        <source>What there is no room for</source>
        <translation>放不下的内容</translation>
    </message>
    <message>
        <source>{title} · {count} parameters</source>
        <translation>{title} · {count} 参数</translation>
    </message>
    <message>
        <source>weights: {label}</source>
        <translation>权重：{label}</translation>
    </message>
    <message>
        <source>{count} step</source>
        <translation>{count} 步</translation>
    </message>
    <message>
        <source>{count} steps</source>
        <translation>{count} 步</translation>
    </message>
    <message>
        <source>trained</source>
        <translation>已训练</translation>
    </message>
    <message>
        <source>starting…</source>
        <translation>启动中…</translation>
    </message>
    <message>
        <source>engine stopped</source>
        <translation>引擎已停止</translation>
    </message>
    <message>
        <source>{name}, {threads} thread(s)</source>
        <translation>{name}，{threads} 个线程</translation>
    </message>
    <message>
        <source>{device} · busy</source>
        <translation>{device} · 忙碌</translation>
    </message>
    <message>
        <source>The engine has not answered yet. “Restart the engine” (find it with Ctrl+K) ends even one that hangs.</source>
        <translation>引擎尚未应答。“重启引擎”（按 Ctrl+K 查找）可以结束卡住的引擎。</translation>
    </message>
    <message>
        <source>step {step}</source>
        <translation>第 {step} 步</translation>
    </message>
    <message>
        <source>trained, shipped</source>
        <translation>自带，已训练</translation>
    </message>
    <message>
        <source>random</source>
        <translation>随机</translation>
    </message>
    <message>
        <source>pretrained</source>
        <translation>预训练</translation>
    </message>
    <message>
        <source>This window belongs to a program that shows one of its models in it. Start Layerscope by itself to open others.</source>
        <translation>这个窗口属于一个正在展示自身模型的程序。要打开别的模型，请单独启动 Layerscope。</translation>
    </message>
</context>
<context>
    <name>HeadsPart</name>
    <message>
        <source>Maps of the heads</source>
        <translation>各头的注意力图</translation>
    </message>
    <message>
        <source>head {number}</source>
        <translation>头 {number}</translation>
    </message>
    <message>
        <source>the largest weight, {peak:.3f}, is in head {number}</source>
        <translation>最大权重 {peak:.3f} 在头 {number}</translation>
    </message>
    <message>
        <source>All heads of this layer: rows look at columns. A click chooses one.</source>
        <translation>本层的所有头：行看列。单击选择一个。</translation>
    </message>
    <message>
        <source>The line below a map is the colour that its head has everywhere.</source>
        <translation>图下的线是这个头在各处的颜色。</translation>
    </message>
</context>
<context>
    <name>Histogram</name>
    <message>
        <source>log</source>
        <translation>对数</translation>
    </message>
</context>
<context>
    <name>ImageEditor</name>
    <message>
        <source>Picture to draw on</source>
        <translation>可以画的图像</translation>
    </message>
    <message>
        <source>Draw with the left button, erase with the right one</source>
        <translation>左键画，右键擦</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>清除</translation>
    </message>
    <message>
        <source>drawn by you, not a sample</source>
        <translation>由你绘制，不是样本</translation>
    </message>
</context>
<context>
    <name>ImagePart</name>
    <message>
        <source>Query</source>
        <translation>查询</translation>
    </message>
    <message>
        <source>Bright patches are what the framed one looks at; click another to see its.</source>
        <translation>亮的图块是带框的图块所看的；单击另一块看它的。</translation>
    </message>
    <message>
        <source>The squares above the image are tokens that are no patch, such as the class token. The colours reach from 0 to the largest weight of a patch.</source>
        <translation>图像上方的方块是不属于图块的词元，例如类别词元。颜色从 0 到图块的最大权重。</translation>
    </message>
</context>
<context>
    <name>InputEditor</name>
    <message>
        <source>INPUT</source>
        <translation>输入</translation>
    </message>
    <message>
        <source>text</source>
        <translation>文字</translation>
    </message>
    <message>
        <source>picture</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>tensors</source>
        <translation>张量</translation>
    </message>
    <message>
        <source>example</source>
        <translation>示例</translation>
    </message>
</context>
<context>
    <name>Inspector</name>
    <message>
        <source>Attention</source>
        <translation>注意力</translation>
    </message>
    <message>
        <source>Prediction</source>
        <translation>预测</translation>
    </message>
    <message>
        <source>Features</source>
        <translation>特征图</translation>
    </message>
    <message>
        <source>Bars</source>
        <translation>条形图</translation>
    </message>
    <message>
        <source>Values</source>
        <translation>数值</translation>
    </message>
    <message>
        <source>Distribution</source>
        <translation>分布</translation>
    </message>
    <message>
        <source>This value holds no numbers.</source>
        <translation>这个值里没有数。</translation>
    </message>
    <message>
        <source>made of smaller ops, Ctrl+→ opens it</source>
        <translation>由更小的算子组成，按 Ctrl+→ 打开</translation>
    </message>
    <message>
        <source>Convolution</source>
        <translation>卷积</translation>
    </message>
    <message>
        <source>Lens</source>
        <translation>透镜</translation>
    </message>
    <message>
        <source>Neurons</source>
        <translation>神经元</translation>
    </message>
    <message>
        <source>Embedding</source>
        <translation>嵌入</translation>
    </message>
    <message>
        <source>Recurrent</source>
        <translation>循环</translation>
    </message>
    <message>
        <source>{count} ops inside, Ctrl+→ steps into it</source>
        <translation>内含 {count} 个算子，按 Ctrl+→ 进入</translation>
    </message>
    <message>
        <source>Waiting for the engine to start …</source>
        <translation>正在等待引擎启动……</translation>
    </message>
    <message>
        <source>The engine has stopped: there are no numbers to show.</source>
        <translation>引擎已停止：没有可显示的数字。</translation>
    </message>
    <message>
        <source>There are no numbers of {value} to show.</source>
        <translation>{value} 没有可显示的数值。</translation>
    </message>
    <message>
        <source>Waiting for the numbers of {value} …</source>
        <translation>正在等待 {value} 的数字……</translation>
    </message>
    <message>
        <source>step {at} / {count}</source>
        <translation>第 {at} / {count} 步</translation>
    </message>
    <message>
        <source>✕ The pass stopped after this step, in {where} ({source}), given {shapes}.</source>
        <translation>✕ 前向传播在这一步之后停止：{where} ({source})，输入形状为 {shapes}。</translation>
    </message>
    <message>
        <source>✕ The pass stopped after this step, in {where} ({source}).</source>
        <translation>✕ 前向传播在这一步之后停止：{where} ({source})。</translation>
    </message>
</context>
<context>
    <name>IterationPanel</name>
    <message>
        <source>One iteration, step by step</source>
        <translation>一次迭代，逐步来看</translation>
    </message>
    <message>
        <source>Parameter that is looked at</source>
        <translation>正在查看的参数</translation>
    </message>
    <message>
        <source>Press “Phase ↓” to run one batch and look inside.</source>
        <translation>按“阶段 ↓”运行一个批次，看看里面发生了什么。</translation>
    </message>
    <message>
        <source>step {step} · batch of {count}</source>
        <translation>第 {step} 步 · 每批 {count} 个样本</translation>
    </message>
</context>
<context>
    <name>Legend</name>
    <message>
        <source>What the colours mean</source>
        <translation>颜色的含义</translation>
    </message>
    <message>
        <source>Colour the nodes by… (L; O for the next)</source>
        <translation>节点着色依据……（L；O 切换到下一个）</translation>
    </message>
    <message>
        <source>Colours: {quantity}</source>
        <translation>颜色：{quantity}</translation>
    </message>
    <message>
        <source>Colour the nodes by…</source>
        <translation>节点着色依据……</translation>
    </message>
    <message>
        <source>measuring… {percent} %</source>
        <translation>正在测量…… {percent} %</translation>
    </message>
    <message>
        <source>logarithmic scale</source>
        <translation>对数刻度</translation>
    </message>
    <message>
        <source>several</source>
        <translation>多种</translation>
    </message>
    <message>
        <source>not measured yet</source>
        <translation>尚未测量</translation>
    </message>
    <message>
        <source>Wires as wide as their values are large</source>
        <translation>连线粗细随数据大小变化</translation>
    </message>
    <message>
        <source>Table of the pass</source>
        <translation>前向传播的表格</translation>
    </message>
    <message>
        <source>Colours of the families</source>
        <translation>各类别的颜色</translation>
    </message>
</context>
<context>
    <name>LensPane</name>
    <message>
        <source>Position</source>
        <translation>位置</translation>
    </message>
    <message>
        <source>What the model would say if it ended after each block: the likeliest of each position, the brighter the surer.</source>
        <translation>假如模型在各个模块之后就结束，它会说什么：每个位置最可能的结果，越亮越有把握。</translation>
    </message>
    <message>
        <source>The logit lens: the end of the model is run on the residual stream as each block leaves it. “in” is the stream before the first block. A click goes there.</source>
        <translation>logit lens：把每个模块留下的残差流直接交给模型的末端来计算。“输入”是第一个模块之前的流。点击即可跳到那里。</translation>
    </message>
    <message>
        <source>in</source>
        <translation>输入</translation>
    </message>
    <message>
        <source>after {block}</source>
        <translation>{block} 之后</translation>
    </message>
    <message>
        <source>before the first block</source>
        <translation>第一个模块之前</translation>
    </message>
    <message>
        <source>, at “{token}” [{at}]</source>
        <translation>，在“{token}” [{at}] 处</translation>
    </message>
</context>
<context>
    <name>Lines</name>
    <message>
        <source>query →</source>
        <translation>查询 →</translation>
    </message>
    <message>
        <source>→ key</source>
        <translation>→ 键</translation>
    </message>
</context>
<context>
    <name>LinesPart</name>
    <message>
        <source>full opacity: {most:.2g}</source>
        <translation>完全不透明：{most:.2g}</translation>
    </message>
    <message>
        <source>the {shown} strongest of {count} lines</source>
        <translation>{count} 条连线中最强的 {shown} 条</translation>
    </message>
    <message>
        <source>The mouse over a token leaves only its lines, with the weights beside the other tokens: of several heads a bar each, and the mean as a number. A click on a query keeps it. The wheel scrolls, over the names of one side only that; Ctrl and the wheel or + and − zoom, 0 shows all.</source>
        <translation>鼠标停在一个词元上，只留下它的连线，权重写在另一侧的词元旁：多个头时每头一条色块，数字是平均值。单击查询可固定它。滚轮滚动，在一侧的名称上只滚动那一侧；Ctrl 加滚轮或 + 和 − 缩放，0 显示全部。</translation>
    </message>
    <message>
        <source>A line: a query looks at a key. The stronger, the larger the weight.</source>
        <translation>一条线：一个查询看一个键。线越浓，权重越大。</translation>
    </message>
    <message>
        <source>Numbers: means over {count} heads.</source>
        <translation>数字：{count} 个头的平均。</translation>
    </message>
    <message>
        <source>strongest: {line} = {weight:.4f}</source>
        <translation>最强：{line} = {weight:.4f}</translation>
    </message>
    <message>
        <source>strongest: head {head}, {line} = {weight:.4f}</source>
        <translation>最强：头 {head}，{line} = {weight:.4f}</translation>
    </message>
</context>
<context>
    <name>LossCard</name>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>log scale</source>
        <translation>对数刻度</translation>
    </message>
    <message>
        <source>Press Start to train. The loss of every step appears here, and that on the validation data beside it.</source>
        <translation>按“开始”进行训练。每一步的损失会显示在这里，旁边是验证数据上的损失。</translation>
    </message>
</context>
<context>
    <name>Maps</name>
    <message>
        <source>sample {number}</source>
        <translation>样本 {number}</translation>
    </message>
</context>
<context>
    <name>Minimap</name>
    <message>
        <source>Overview of the graph</source>
        <translation>计算图总览</translation>
    </message>
</context>
<context>
    <name>ModelPart</name>
    <message>
        <source>Row: a layer. Column: a head. A click goes there, a second one opens it.</source>
        <translation>行：层。列：头。单击去那里，双击放大。</translation>
    </message>
    <message>
        <source>Each small map has the queries as rows and the keys as columns.</source>
        <translation>每张小图以查询为行，以键为列。</translation>
    </message>
    <message>
        <source>Each is bright up to its own largest weight, on a logarithmic scale.</source>
        <translation>每张图最亮处是它自己的最大权重，颜色用对数刻度。</translation>
    </message>
    <message>
        <source>{layer}, head {number}: up to {peak:.3f}</source>
        <translation>{layer}，头 {number}：最大 {peak:.3f}</translation>
    </message>
</context>
<context>
    <name>Multiplied</name>
    <message>
        <source>Window times kernel</source>
        <translation>窗口乘以卷积核</translation>
    </message>
</context>
<context>
    <name>NearPlane</name>
    <message>
        <source>A neuron over the plane</source>
        <translation>一个神经元在平面上的取值</translation>
    </message>
</context>
<context>
    <name>NetworkCard</name>
    <message>
        <source>Network</source>
        <translation>网络</translation>
    </message>
    <message>
        <source>width = |w|</source>
        <translation>线宽 = |w|</translation>
    </message>
    <message>
        <source>The neurons and the weights between them appear here.</source>
        <translation>神经元和它们之间的权重会显示在这里。</translation>
    </message>
</context>
<context>
    <name>Neurons</name>
    <message>
        <source>{shown} of {size}</source>
        <translation>{size} 中的 {shown}</translation>
    </message>
</context>
<context>
    <name>NeuronsPane</name>
    <message>
        <source>Weight × number</source>
        <translation>权重 × 数值</translation>
    </message>
    <message>
        <source>Lines as what each neuron before adds to the sum, not as weights alone</source>
        <translation>连线表示前一层每个神经元对和的贡献，而不只是权重</translation>
    </message>
    <message>
        <source>The neurons with the largest numbers, of either sign, instead of the first</source>
        <translation>显示绝对值最大的神经元，而不是最前面的</translation>
    </message>
    <message>
        <source>Plane</source>
        <translation>平面</translation>
    </message>
    <message>
        <source>Each neuron as a picture of the plane of the two inputs</source>
        <translation>把每个神经元画成两个输入所成平面上的图像</translation>
    </message>
    <message>
        <source>Pictures: {minus} below, {plus} above 0, each on its own scale; dots are data.</source>
        <translation>图像：{minus} 小于 0，{plus} 大于 0，各用自己的色标；点是数据。</translation>
    </message>
    <message>
        <source>Every neuron as a picture: its number for every point of the plane.</source>
        <translation>每个神经元是一幅图：它在平面上每一点的数值。</translation>
    </message>
    <message>
        <source>Changes that are not for every point are left out of the pictures: {count}.</source>
        <translation>不能用于每一点的改动未计入图像：{count} 处。</translation>
    </message>
    <message>
        <source>This neuron</source>
        <translation>这个神经元</translation>
    </message>
    <message>
        <source>Each neuron adds up the numbers before it, times their weights.</source>
        <translation>每个神经元把前一层的数值乘以权重后相加。</translation>
    </message>
    <message>
        <source>Furthest from 0 first</source>
        <translation>离 0 最远的在前</translation>
    </message>
    <message>
        <source>The model is run on a grid of points, with the weights and changes of this pass. The neuron under the mouse is shown large; a click keeps it. Dots are data: full of one class, hollow of the other.</source>
        <translation>模型在网格点上运行，用这次前向传播的权重和更改。鼠标下的神经元放大显示；点击可保留它。点是数据：一类实心，另一类空心。</translation>
    </message>
    <message>
        <source>A click keeps a neuron and tells how its number came to be. The wheel shows others, with Ctrl more or fewer of them; a right click changes one.</source>
        <translation>单击固定一个神经元，并说明它的数值从何而来。滚轮显示其他神经元，按住 Ctrl 则显示更多或更少；右键可以改动它。</translation>
    </message>
    <message>
        <source>Move over a neuron to see its sum.</source>
        <translation>把鼠标移到神经元上查看它的求和。</translation>
    </message>
    <message>
        <source>{count} more</source>
        <translation>其余 {count} 项</translation>
    </message>
</context>
<context>
    <name>NodeMenu</name>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Step here</source>
        <translation>光标移到此处</translation>
    </message>
    <message>
        <source>Copy id</source>
        <translation>复制标识</translation>
    </message>
    <message>
        <source>Bookmark</source>
        <translation>书签</translation>
    </message>
</context>
<context>
    <name>NumbersEditor</name>
    <message>
        <source>Standardised: mean 0, standard deviation 1 over the training data.</source>
        <translation>已标准化：训练集上均值 0、标准差 1。</translation>
    </message>
</context>
<context>
    <name>NumbersMenu</name>
    <message>
        <source>Copy what is seen as NumPy array</source>
        <translation>把看到的复制为 NumPy 数组</translation>
    </message>
    <message>
        <source>Copy what is seen as table</source>
        <translation>把看到的复制为表格</translation>
    </message>
    <message>
        <source>Save the whole value as .npy…</source>
        <translation>把整个值存为 .npy…</translation>
    </message>
    <message>
        <source>Save this slice as .csv…</source>
        <translation>把这个切片存为 .csv…</translation>
    </message>
    <message>
        <source>Next NaN</source>
        <translation>下一个 NaN</translation>
    </message>
    <message>
        <source>Next infinity</source>
        <translation>下一个无穷大</translation>
    </message>
    <message>
        <source>Save numbers</source>
        <translation>保存数值</translation>
    </message>
</context>
<context>
    <name>OnImage</name>
    <message>
        <source>Attention on the image</source>
        <translation>图像上的注意力</translation>
    </message>
</context>
<context>
    <name>OpeningSheet</name>
    <message>
        <source>Enter opens, Esc goes back</source>
        <translation>回车打开，Esc 返回</translation>
    </message>
    <message>
        <source>Open your own model</source>
        <translation>打开你自己的模型</translation>
    </message>
</context>
<context>
    <name>Origins</name>
    <message>
        <source>+ {count} more</source>
        <translation>+ 另外 {count} 个</translation>
    </message>
</context>
<context>
    <name>Outline</name>
    <message>
        <source>MODULES</source>
        <translation>模块</translation>
    </message>
    <message>
        <source>Modules of the model</source>
        <translation>模型的模块</translation>
    </message>
    <message>
        <source>It was called, and computed nothing.</source>
        <translation>它被调用了，但没有计算任何东西。</translation>
    </message>
    <message>
        <source>It was not called in this pass.</source>
        <translation>这次前向传播没有调用它。</translation>
    </message>
</context>
<context>
    <name>Overview</name>
    <message>
        <source>Attention of the whole model</source>
        <translation>整个模型的注意力</translation>
    </message>
</context>
<context>
    <name>Page</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>Part</name>
    <message>
        <source>head {number}</source>
        <translation>头 {number}</translation>
    </message>
    <message>
        <source>rollout of {count} layers</source>
        <translation>{count} 层的 rollout</translation>
    </message>
    <message>
        <source>mean of {count} heads</source>
        <translation>{count} 个头的平均</translation>
    </message>
</context>
<context>
    <name>PartsCard</name>
    <message>
        <source>model</source>
        <translation>模型</translation>
    </message>
</context>
<context>
    <name>Phases</name>
    <message>
        <source>Batch</source>
        <translation>批次</translation>
    </message>
    <message>
        <source>Forward</source>
        <translation>前向</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Backward</source>
        <translation>反向</translation>
    </message>
    <message>
        <source>Update</source>
        <translation>更新</translation>
    </message>
    <message>
        <source>some samples are drawn from the training set</source>
        <translation>从训练集中抽取一些样本</translation>
    </message>
    <message>
        <source>the network computes its logits</source>
        <translation>网络算出 logits</translation>
    </message>
    <message>
        <source>one number says how wrong they are</source>
        <translation>用一个数说明它们错得多少</translation>
    </message>
    <message>
        <source>gradients flow from the loss to the weights</source>
        <translation>梯度从损失流回权重</translation>
    </message>
    <message>
        <source>the optimizer changes every weight a little</source>
        <translation>优化器把每个权重改动一点</translation>
    </message>
    <message>
        <source>{optimizer} changes {count} weights · learning rate {rate}</source>
        <translation>{optimizer} 更新 {count} 个权重 · 学习率 {rate}</translation>
    </message>
    <message>
        <source>{count} gradients, the last op first · ‖∂L/∂w‖ = {norm}</source>
        <translation>{count} 个梯度，从最后一个运算开始 · ‖∂L/∂w‖ = {norm}</translation>
    </message>
    <message>
        <source>‖∂L/∂w‖ = {norm}, clipped to {clipped}</source>
        <translation>‖∂L/∂w‖ = {norm}，裁剪到 {clipped}</translation>
    </message>
    <message>
        <source>{count} samples of the training set · {shape}</source>
        <translation>训练集的 {count} 个样本 · {shape}</translation>
    </message>
    <message>
        <source>{count} ops · logits {shape}</source>
        <translation>{count} 个运算 · logits {shape}</translation>
    </message>
    <message>
        <source>cross-entropy = {loss}</source>
        <translation>交叉熵 = {loss}</translation>
    </message>
</context>
<context>
    <name>PictureEditor</name>
    <message>
        <source>Choose a picture…</source>
        <translation>选择图片…</translation>
    </message>
    <message>
        <source>{name} · {width} × {height}</source>
        <translation>{name} · {width} × {height}</translation>
    </message>
    <message>
        <source>{name} is no picture that can be read.</source>
        <translation>{name} 不是可以读取的图片。</translation>
    </message>
    <message>
        <source>Choose a picture</source>
        <translation>选择图片</translation>
    </message>
    <message>
        <source>Pictures ({endings})</source>
        <translation>图片 ({endings})</translation>
    </message>
</context>
<context>
    <name>PlaneBar</name>
    <message>
        <source>Which axes are rows and columns</source>
        <translation>哪些轴作行和列</translation>
    </message>
    <message>
        <source>Axes ▾</source>
        <translation>轴 ▾</translation>
    </message>
    <message>
        <source>How numbers become colours</source>
        <translation>数值如何变成颜色</translation>
    </message>
    <message>
        <source>Colours ▾</source>
        <translation>颜色 ▾</translation>
    </message>
    <message>
        <source>Subtract another value</source>
        <translation>减去另一个值</translation>
    </message>
    <message>
        <source>Compare ▾</source>
        <translation>比较 ▾</translation>
    </message>
    <message>
        <source>Go to the next NaN (N)</source>
        <translation>跳到下一个 NaN（N）</translation>
    </message>
    <message>
        <source>Go to the next infinity (Shift+N)</source>
        <translation>跳到下一个无穷大（Shift+N）</translation>
    </message>
    <message>
        <source>Copy, save …</source>
        <translation>复制、保存……</translation>
    </message>
</context>
<context>
    <name>PointEditor</name>
    <message>
        <source>Point of the plane</source>
        <translation>平面上的点</translation>
    </message>
</context>
<context>
    <name>PredictionPane</name>
    <message>
        <source>Position</source>
        <translation>位置</translation>
    </message>
    <message>
        <source>How a token is drawn</source>
        <translation>如何抽取词元</translation>
    </message>
    <message>
        <source>at “{token}” [{at}]</source>
        <translation>在“{token}” [{at}] 处</translation>
    </message>
    <message>
        <source>What is here? The {count} likeliest tokens at the chosen position, by those before and after it.</source>
        <translation>这里是什么？根据前后的词元，所选位置上最可能的 {count} 个词元。</translation>
    </message>
    <message>
        <source>after “{token}” [{at}]</source>
        <translation>在“{token}” [{at}] 之后</translation>
    </message>
    <message>
        <source>What comes next? The {count} likeliest tokens after the chosen position.</source>
        <translation>接下来是什么？所选位置之后最可能的 {count} 个词元。</translation>
    </message>
    <message>
        <source>Bars: how likely each token is drawn next. Lines: as the model says.</source>
        <translation>条形：各词元接下来被抽取的概率。竖线：模型给出的概率。</translation>
    </message>
    <message>
        <source>Drawn was “{token}”: the bright bar.</source>
        <translation>抽到的是“{token}”：亮色的条。</translation>
    </message>
    <message>
        <source>Outlined: before the changes.</source>
        <translation>轮廓线：改变之前。</translation>
    </message>
    <message>
        <source>{kept} of {total} · {bits} bits</source>
        <translation>{kept}/{total} · {bits} 比特</translation>
    </message>
    <message>
        <source>{kept} of {total} tokens can be drawn at all; the draw has an entropy of {bits} bits.</source>
        <translation>{total} 个词元中有 {kept} 个可被抽取；抽取的熵为 {bits} 比特。</translation>
    </message>
    <message>
        <source>This number</source>
        <translation>这个数</translation>
    </message>
    <message>
        <source>This logit</source>
        <translation>这个 logit</translation>
    </message>
    <message>
        <source>All at this position</source>
        <translation>这个位置的全部</translation>
    </message>
    <message>
        <source>The output itself: how sure the network is of each class.</source>
        <translation>输出本身：网络对每个类别有多确定。</translation>
    </message>
    <message>
        <source>softmax of the output: how sure the network is of each class.</source>
        <translation>对输出取 softmax：网络对每个类别的把握。</translation>
    </message>
</context>
<context>
    <name>PresetCard</name>
    <message>
        <source>Opening…</source>
        <translation>正在打开…</translation>
    </message>
    <message>
        <source>trained</source>
        <translation>已训练</translation>
    </message>
    <message>
        <source>{height}×{width} · {channels} channels</source>
        <translation>{height}×{width} · {channels} 通道</translation>
    </message>
    <message>
        <source>{layers} layers · {heads} heads</source>
        <translation>{layers} 层 · {heads} 头</translation>
    </message>
</context>
<context>
    <name>Progress</name>
    <message>
        <source>Training done: {share}</source>
        <translation>训练完成 {share}</translation>
    </message>
</context>
<context>
    <name>PythonPage</name>
    <message>
        <source>Python file</source>
        <translation>Python 文件</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Run and open</source>
        <translation>运行并打开</translation>
    </message>
    <message>
        <source>Don’t open</source>
        <translation>不打开</translation>
    </message>
    <message>
        <source>Opening runs this file, and whatever it imports, with all your rights. Open it only if you trust whoever wrote it.</source>
        <translation>打开时会以你的全部权限运行这个文件及其导入的一切。只有信任其作者时才打开。</translation>
    </message>
    <message>
        <source>There is no model in this file: neither a class that derives from torch.nn.Module nor a function that returns one.</source>
        <translation>这个文件里没有模型：既没有继承 torch.nn.Module 的类，也没有返回模型的函数。</translation>
    </message>
    <message>
        <source>line {line}</source>
        <translation>第 {line} 行</translation>
    </message>
    <message>
        <source>MODEL</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>ARGUMENTS</source>
        <translation>参数</translation>
    </message>
    <message>
        <source>FIRST INPUT</source>
        <translation>初始输入</translation>
    </message>
    <message>
        <source>What this function of the file returns</source>
        <translation>文件中这个函数返回的内容</translation>
    </message>
    <message>
        <source>Let Layerscope try</source>
        <translation>让 Layerscope 试试</translation>
    </message>
    <message>
        <source>It finds out by running the model what fits</source>
        <translation>它会运行模型来找出合适的输入</translation>
    </message>
    <message>
        <source>Tensors by shape</source>
        <translation>按形状给出张量</translation>
    </message>
    <message>
        <source>Say for each argument of forward how large it is</source>
        <translation>说明 forward 的每个参数有多大</translation>
    </message>
    <message>
        <source>The text of the file</source>
        <translation>文件内容</translation>
    </message>
</context>
<context>
    <name>QFileDialog</name>
    <message>
        <source>&amp;Look in:</source>
        <translation>查找范围(&amp;L)：</translation>
    </message>
    <message>
        <source>Files of &amp;type:</source>
        <translation>文件类型(&amp;T)：</translation>
    </message>
</context>
<context>
    <name>RateCard</name>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>of each update, log scale</source>
        <translation>每次更新的，对数刻度</translation>
    </message>
    <message>
        <source>How far each update goes, step by step, appears here.</source>
        <translation>这里逐步显示每次更新走多远。</translation>
    </message>
    <message>
        <source>learning rate</source>
        <translation>学习率</translation>
    </message>
</context>
<context>
    <name>Rates</name>
    <message>
        <source>The learning rate over the steps of the plan</source>
        <translation>学习率随训练步数的变化</translation>
    </message>
    <message>
        <source>Step {step}: learning rate {rate}</source>
        <translation>第 {step} 步：学习率 {rate}</translation>
    </message>
    <message>
        <source>{count} steps</source>
        <translation>{count} 步</translation>
    </message>
</context>
<context>
    <name>RecentRow</name>
    <message>
        <source>Your models</source>
        <translation>你的模型</translation>
    </message>
</context>
<context>
    <name>RecurrentPane</name>
    <message>
        <source>hidden</source>
        <translation>隐藏</translation>
    </message>
    <message>
        <source>cell</source>
        <translation>细胞</translation>
    </message>
    <message>
        <source>input</source>
        <translation>输入</translation>
    </message>
    <message>
        <source>forget</source>
        <translation>遗忘</translation>
    </message>
    <message>
        <source>new</source>
        <translation>候选</translation>
    </message>
    <message>
        <source>output</source>
        <translation>输出</translation>
    </message>
    <message>
        <source>reset</source>
        <translation>重置</translation>
    </message>
    <message>
        <source>update</source>
        <translation>更新</translation>
    </message>
    <message>
        <source>Sample</source>
        <translation>样例</translation>
    </message>
    <message>
        <source>in order</source>
        <translation>按原有顺序</translation>
    </message>
    <message>
        <source>by change</source>
        <translation>按变化</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Direction</source>
        <translation>方向</translation>
    </message>
    <message>
        <source>Order of the units</source>
        <translation>单元的顺序</translation>
    </message>
    <message>
        <source>Direction: → forwards, ← backwards</source>
        <translation>方向：→ 正向，← 反向</translation>
    </message>
    <message>
        <source>Order of the units: as they stand, or the ones that change most first</source>
        <translation>单元的顺序：按原样，或变化最大的在前</translation>
    </message>
    <message>
        <source>States and gates over time, a row per unit; lines: how open the gates are.</source>
        <translation>随时间变化的状态与门，每行一个单元；曲线：门开得多大。</translation>
    </message>
    <message>
        <source>The states over time, a row per unit.</source>
        <translation>随时间变化的状态，每行一个单元。</translation>
    </message>
    <message>
        <source>What the layer gives was changed after it ran: these are the states that it had.</source>
        <translation>该层的输出在运行后被更改；这里是它计算出的状态。</translation>
    </message>
    <message>
        <source>Red is above zero, blue below. The wheel zooms, a drag moves; a click on a cell goes to the op that made it, a right click changes it. h₀ and c₀ are the states before the first step: the step at t = 0 makes h₁ and c₁.</source>
        <translation>红色大于零，蓝色小于零。滚轮缩放，拖动移动；点击单元格前往得出它的算子，右击则更改它。h₀ 和 c₀ 是第一步之前的状态：t = 0 的一步得出 h₁ 和 c₁。</translation>
    </message>
    <message>
        <source>This cell</source>
        <translation>此单元格</translation>
    </message>
    <message>
        <source>This unit</source>
        <translation>此单元</translation>
    </message>
    <message>
        <source>Of packed sequences the longest is sample 0.</source>
        <translation>打包的序列中，最长的是样例 0。</translation>
    </message>
    <message>
        <source>Point at a cell for its numbers, click to go there.</source>
        <translation>指向单元格查看其数值，点击前往。</translation>
    </message>
    <message>
        <source>unit {unit} at t = {step}</source>
        <translation>单元 {unit}，t = {step}</translation>
    </message>
    <message>
        <source>t = {step}: how open the gates are on the mean, from 0 to 1</source>
        <translation>t = {step}：各门平均开得多大，从 0 到 1</translation>
    </message>
    <message>
        <source>{name}, {count} units at t = {step}: furthest from 0 is {number}</source>
        <translation>{name}，{count} 个单元，t = {step}：离 0 最远的是 {number}</translation>
    </message>
    <message>
        <source>{number} before the changes</source>
        <translation>更改前 {number}</translation>
    </message>
    <message>
        <source> before your change</source>
        <translation>（你更改之前）</translation>
    </message>
</context>
<context>
    <name>Results</name>
    <message>
        <source>MODULES</source>
        <translation>模块</translation>
    </message>
    <message>
        <source>OPS</source>
        <translation>算子</translation>
    </message>
    <message>
        <source>PARAMETERS</source>
        <translation>参数</translation>
    </message>
    <message>
        <source>COMMANDS</source>
        <translation>命令</translation>
    </message>
    <message>
        <source>PRESETS</source>
        <translation>预设</translation>
    </message>
    <message>
        <source>and {count} more: F7 goes through all</source>
        <translation>还有 {count} 个：按 F7 逐个查看</translation>
    </message>
    <message>
        <source>parameter, read by {op}</source>
        <translation>参数，由 {op} 读取</translation>
    </message>
    <message>
        <source>buffer, read by {op}</source>
        <translation>缓冲区，由 {op} 读取</translation>
    </message>
    <message>
        <source>{count} params</source>
        <translation>{count} 参数</translation>
    </message>
    <message>
        <source>{count} ops</source>
        <translation>{count} 个算子</translation>
    </message>
    <message>
        <source>{op} is inside of it · {where}</source>
        <translation>其内部含有 {op} · {where}</translation>
    </message>
    <message>
        <source>{op} in {where}</source>
        <translation>{op}，位于 {where}</translation>
    </message>
</context>
<context>
    <name>SampleCard</name>
    <message>
        <source>Sample</source>
        <translation>样例</translation>
    </message>
    <message>
        <source>Text written by the model</source>
        <translation>模型写出的文字</translation>
    </message>
    <message>
        <source>What the model writes by itself appears here while it trains.</source>
        <translation>训练时，模型自己写出的文字会显示在这里。</translation>
    </message>
    <message>
        <source>step {step} · after {count} characters of prompt</source>
        <translation>第 {step} 步 · 提示共 {count} 个字符</translation>
    </message>
</context>
<context>
    <name>SamplingPopup</name>
    <message>
        <source>temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>Logits are divided by it: below 1 the likely gets likelier, 0 takes the best</source>
        <translation>logits 除以它：小于 1 时可能的更可能，为 0 时总取最可能的</translation>
    </message>
    <message>
        <source>Only so many of the likeliest count</source>
        <translation>只考虑最可能的这么多个</translation>
    </message>
    <message>
        <source>Only the fewest that together are so likely count (nucleus sampling)</source>
        <translation>只考虑总概率达到此值的最少几个（核采样）</translation>
    </message>
    <message>
        <source>As the model says</source>
        <translation>按模型原样</translation>
    </message>
    <message>
        <source>Temperature 1, nothing cut</source>
        <translation>温度为 1，不作截断</translation>
    </message>
    <message>
        <source>all</source>
        <translation>全部</translation>
    </message>
</context>
<context>
    <name>SearchField</name>
    <message>
        <source>Find a layer, op or command</source>
        <translation>查找层、算子或命令</translation>
    </message>
    <message>
        <source>Find a layer, op or command…   Ctrl K</source>
        <translation>查找层、算子或命令…   Ctrl K</translation>
    </message>
    <message>
        <source>Find…   Ctrl K</source>
        <translation>查找…   Ctrl K</translation>
    </message>
    <message>
        <source>Find…</source>
        <translation>查找…</translation>
    </message>
</context>
<context>
    <name>Sieve</name>
    <message>
        <source>Filter…</source>
        <translation>筛选…</translation>
    </message>
    <message>
        <source>Filter the modules</source>
        <translation>筛选模块</translation>
    </message>
</context>
<context>
    <name>Slices</name>
    <message>
        <source>How {axis} is seen</source>
        <translation>{axis} 怎样显示</translation>
    </message>
    <message>
        <source>one</source>
        <translation>单个</translation>
    </message>
    <message>
        <source>One position along this axis</source>
        <translation>这条轴上的一个位置</translation>
    </message>
    <message>
        <source>mean</source>
        <translation>平均</translation>
    </message>
    <message>
        <source>The mean over this axis</source>
        <translation>沿这条轴的平均值</translation>
    </message>
    <message>
        <source>max</source>
        <translation>最大</translation>
    </message>
    <message>
        <source>The largest number along this axis</source>
        <translation>沿这条轴最大的数</translation>
    </message>
    <message>
        <source>norm</source>
        <translation>范数</translation>
    </message>
    <message>
        <source>The L2 norm along this axis: √Σx²</source>
        <translation>沿这条轴的 L2 范数：√Σx²</translation>
    </message>
    <message>
        <source>One position along this axis, or all of them as one number</source>
        <translation>这条轴上的一个位置，或把全部合成一个数</translation>
    </message>
</context>
<context>
    <name>Stepper</name>
    <message>
        <source>First step (Home)</source>
        <translation>第一步 (Home)</translation>
    </message>
    <message>
        <source>Step back (← or Shift+F10)</source>
        <translation>后退一步 (← 或 Shift+F10)</translation>
    </message>
    <message>
        <source>▶ Play</source>
        <translation>▶ 播放</translation>
    </message>
    <message>
        <source>Play or pause (Space)</source>
        <translation>播放或暂停 (空格)</translation>
    </message>
    <message>
        <source>Step over (→ or F10)</source>
        <translation>前进一步 (→ 或 F10)</translation>
    </message>
    <message>
        <source>Last step (End)</source>
        <translation>最后一步 (End)</translation>
    </message>
    <message>
        <source>Into ↓</source>
        <translation>进入 ↓</translation>
    </message>
    <message>
        <source>Step into the module (Ctrl+→)</source>
        <translation>进入模块 (Ctrl+→)</translation>
    </message>
    <message>
        <source>Over →</source>
        <translation>越过 →</translation>
    </message>
    <message>
        <source>Out ↑</source>
        <translation>跳出 ↑</translation>
    </message>
    <message>
        <source>Step out of the module (Ctrl+↑)</source>
        <translation>跳出模块 (Ctrl+↑)</translation>
    </message>
    <message>
        <source>How fast Play walks (P)</source>
        <translation>播放速度 (P)</translation>
    </message>
    <message>
        <source>Stop at NaN and the like (F9)</source>
        <translation>在 NaN 等处停下（F9）</translation>
    </message>
    <message>
        <source>token {number} of {count}</source>
        <translation>第 {number} / {count} 个词元</translation>
    </message>
    <message>
        <source>after 1 token</source>
        <translation>1 个词元之后</translation>
    </message>
    <message>
        <source>after {count} tokens</source>
        <translation>{count} 个词元之后</translation>
    </message>
    <message>
        <source>The time of the whole pass, from call to return; the ops alone take less, by what runs between them.</source>
        <translation>整个前向传播从调用到返回的时间；仅算子的时间要少一些，差的是算子之间的时间。</translation>
    </message>
    <message>
        <source>The memory of all activations; what shares memory counts once, so the sizes of all results are more.</source>
        <translation>所有激活占用的内存；共享的内存只计一次，因此比所有结果的大小之和少。</translation>
    </message>
    <message>
        <source>❚❚ Pause</source>
        <translation>❚❚ 暂停</translation>
    </message>
    <message>
        <source>{count} op</source>
        <translation>{count} 个算子</translation>
    </message>
    <message>
        <source>{count} ops</source>
        <translation>{count} 个算子</translation>
    </message>
    <message>
        <source>{ops} · {time} forward · {size} activations</source>
        <translation>{ops} · 前向 {time} · 激活 {size}</translation>
    </message>
    <message>
        <source>stopped after {ops} · {time} · {size} activations</source>
        <translation>{ops}后停止 · {time} · 激活 {size}</translation>
    </message>
</context>
<context>
    <name>Summary</name>
    <message>
        <source>max {value}</source>
        <translation>最大 {value}</translation>
    </message>
    <message>
        <source>min {value}</source>
        <translation>最小 {value}</translation>
    </message>
    <message>
        <source>mean {value}</source>
        <translation>均值 {value}</translation>
    </message>
    <message>
        <source>std {value}</source>
        <translation>标准差 {value}</translation>
    </message>
    <message>
        <source>{share} zeros</source>
        <translation>{share} 为零</translation>
    </message>
</context>
<context>
    <name>Sums</name>
    <message>
        <source>What each input channel adds</source>
        <translation>每个输入通道的贡献</translation>
    </message>
    <message>
        <source>What each input channel adds to the number: up is above zero, down below. A click shows the channel.</source>
        <translation>每个输入通道对该数的贡献：向上大于零，向下小于零。单击可查看该通道。</translation>
    </message>
</context>
<context>
    <name>Table</name>
    <message>
        <source>Class</source>
        <translation>类</translation>
    </message>
    <message>
        <source>Table of the pass</source>
        <translation>前向传播的表格</translation>
    </message>
    <message>
        <source>Nothing found.</source>
        <translation>没有找到。</translation>
    </message>
    <message>
        <source>The time of the ops alone: forward takes longer by what is between them.</source>
        <translation>仅算子的时间之和：前向传播还包括算子之间的时间。</translation>
    </message>
    <message>
        <source>Results: the sizes of all of them, views too. Activations: the memory that they take, in which what is shared counts once.</source>
        <translation>结果：所有结果的大小之和，包括视图。激活：它们占用的内存，共享的部分只计一次。</translation>
    </message>
    <message>
        <source>Ops</source>
        <translation>算子</translation>
    </message>
    <message>
        <source>Modules</source>
        <translation>模块</translation>
    </message>
    <message>
        <source>Filter: conv blocks.3 float16…</source>
        <translation>筛选：conv blocks.3 float16……</translation>
    </message>
    <message>
        <source>Show only rows with these words</source>
        <translation>只显示含有这些词的行</translation>
    </message>
    <message>
        <source>What the recording does not say (M in its column)</source>
        <translation>记录中没有的量（在该列按 M）</translation>
    </message>
    <message>
        <source>FLOPs</source>
        <translation>FLOPs</translation>
    </message>
    <message>
        <source>Mean |activation|</source>
        <translation>平均 |激活|</translation>
    </message>
    <message>
        <source>Gradient norm</source>
        <translation>梯度范数</translation>
    </message>
    <message>
        <source>Copy as CSV</source>
        <translation>复制为 CSV</translation>
    </message>
    <message>
        <source>All rows, or those selected (in the table Ctrl+C)</source>
        <translation>全部行，或所选的行（在表格中按 Ctrl+C）</translation>
    </message>
    <message>
        <source>Save as CSV…</source>
        <translation>另存为 CSV……</translation>
    </message>
    <message>
        <source>Close the table (Ctrl+B)</source>
        <translation>关闭表格（Ctrl+B）</translation>
    </message>
    <message>
        <source>Close the table</source>
        <translation>关闭表格</translation>
    </message>
    <message>
        <source>Measuring {percent} %</source>
        <translation>正在测量 {percent} %</translation>
    </message>
    <message>
        <source>Measure…</source>
        <translation>测量……</translation>
    </message>
    <message>
        <source>{count} of {all} ops</source>
        <translation>{count} / {all} 个算子</translation>
    </message>
    <message>
        <source>{count} of {all} modules</source>
        <translation>{count} / {all} 个模块</translation>
    </message>
    <message>
        <source>ops {sum}</source>
        <translation>算子 {sum}</translation>
    </message>
    <message>
        <source>{sum} of results, views too</source>
        <translation>结果 {sum}（含视图）</translation>
    </message>
    <message>
        <source>{sum} parameters</source>
        <translation>{sum} 参数</translation>
    </message>
    <message>
        <source>{sum} FLOPs</source>
        <translation>{sum} FLOPs</translation>
    </message>
    <message>
        <source>{size} activations</source>
        <translation>激活 {size}</translation>
    </message>
    <message>
        <source>Save as CSV</source>
        <translation>另存为 CSV</translation>
    </message>
</context>
<context>
    <name>TablePlot</name>
    <message>
        <source>Map of the table</source>
        <translation>嵌入表的地图</translation>
    </message>
</context>
<context>
    <name>TensorBlock</name>
    <message>
        <source>Name of the argument</source>
        <translation>参数名</translation>
    </message>
    <message>
        <source>The argument of forward that it is for</source>
        <translation>它对应 forward 的哪个参数</translation>
    </message>
    <message>
        <source>Type of its numbers</source>
        <translation>数值类型</translation>
    </message>
    <message>
        <source>Leave this argument out</source>
        <translation>不给出这个参数</translation>
    </message>
    <message>
        <source>shape: 1, 3, 224, 224</source>
        <translation>形状：1, 3, 224, 224</translation>
    </message>
    <message>
        <source>Shape of {name}</source>
        <translation>{name} 的形状</translation>
    </message>
    <message>
        <source>Its sizes, the batch first, as in 1, 3, 224, 224; () is a single number</source>
        <translation>各维大小，批次在前，例如 1, 3, 224, 224；() 表示单个数</translation>
    </message>
    <message>
        <source>What is in it</source>
        <translation>内容</translation>
    </message>
    <message>
        <source>normal</source>
        <translation>正态</translation>
    </message>
    <message>
        <source>uniform</source>
        <translation>均匀</translation>
    </message>
    <message>
        <source>integers</source>
        <translation>整数</translation>
    </message>
    <message>
        <source>zeros</source>
        <translation>全 0</translation>
    </message>
    <message>
        <source>ones</source>
        <translation>全 1</translation>
    </message>
    <message>
        <source>range</source>
        <translation>递增</translation>
    </message>
    <message>
        <source>Random numbers (normal, uniform over 0 … 1, integers), or fixed ones</source>
        <translation>随机数（正态、0 … 1 均匀、整数），或固定的数</translation>
    </message>
    <message>
        <source>All integers are below this</source>
        <translation>所有整数都小于它</translation>
    </message>
    <message>
        <source>Integers from 0 up to this, which is not among them</source>
        <translation>从 0 开始的整数，不含这个上限</translation>
    </message>
    <message>
        <source>“{text}” cannot be an argument.</source>
        <translation>“{text}”不能作为参数名。</translation>
    </message>
    <message>
        <source>There are two of “{text}”.</source>
        <translation>“{text}”出现了两次。</translation>
    </message>
    <message>
        <source>Give its shape, such as 1, 16.</source>
        <translation>请给出形状，例如 1, 16。</translation>
    </message>
    <message>
        <source>A shape is whole numbers with commas between them.</source>
        <translation>形状由逗号分隔的整数组成。</translation>
    </message>
</context>
<context>
    <name>TensorForm</name>
    <message>
        <source>+ Another tensor</source>
        <translation>+ 添加张量</translation>
    </message>
    <message>
        <source>One more argument for the model’s forward</source>
        <translation>再给 forward 一个参数</translation>
    </message>
</context>
<context>
    <name>TensorsEditor</name>
    <message>
        <source>seed</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>Seed of the random numbers</source>
        <translation>随机数种子</translation>
    </message>
    <message>
        <source>The same seed makes the same tensors</source>
        <translation>相同的种子得到相同的张量</translation>
    </message>
    <message>
        <source>Another sample</source>
        <translation>换一个样本</translation>
    </message>
    <message>
        <source>Other random numbers of the same shapes: the next seed</source>
        <translation>形状相同的另一组随机数：下一个种子</translation>
    </message>
</context>
<context>
    <name>Terms</name>
    <message>
        <source>What was added up</source>
        <translation>相加的各项</translation>
    </message>
    <message>
        <source>term</source>
        <translation>项</translation>
    </message>
    <message>
        <source>from</source>
        <translation>来自</translation>
    </message>
    <message>
        <source>numbers</source>
        <translation>数值</translation>
    </message>
    <message>
        <source>{count} more</source>
        <translation>其余 {count} 项</translation>
    </message>
    <message>
        <source>inside</source>
        <translation>内部</translation>
    </message>
    <message>
        <source>inside ▸</source>
        <translation>内部 ▸</translation>
    </message>
    <message>
        <source>It is inside of the op: click to open that.</source>
        <translation>它在该算子内部：单击即可展开。</translation>
    </message>
    <message>
        <source>{cell} = {number}
{where}
Click to see how it came to be.</source>
        <translation>{cell} = {number}
{where}
点击查看它的由来。</translation>
    </message>
</context>
<context>
    <name>TextEditor</name>
    <message>
        <source>Text for the model</source>
        <translation>给模型的文字</translation>
    </message>
    <message>
        <source>Type at least one character.</source>
        <translation>请至少输入一个字符。</translation>
    </message>
    <message>
        <source>The model does not know {characters}. Leave that out: only {count} characters can be read.</source>
        <translation>模型不认识 {characters}。请去掉它：只能读取 {count} 种字符。</translation>
    </message>
    <message>
        <source>{characters}; the model reads at most {most}.</source>
        <translation>{characters}；模型最多读 {most} 个。</translation>
    </message>
    <message>
        <source>{characters} → {tokens}
T&#xa0;=&#xa0;{count}&#xa0;of&#xa0;{most}</source>
        <translation>{characters} → {tokens}
T&#xa0;=&#xa0;{count}/{most}</translation>
    </message>
    <message>
        <source>{characters} → {tokens}</source>
        <translation>{characters} → {tokens}</translation>
    </message>
    <message>
        <source>{characters} → {tokens} of at most {most}</source>
        <translation>{characters} → {tokens}，至多 {most} 个</translation>
    </message>
    <message>
        <source>{count} character</source>
        <translation>{count} 个字符</translation>
    </message>
    <message>
        <source>{count} token</source>
        <translation>{count} 个词元</translation>
    </message>
    <message>
        <source>{count} tokens</source>
        <translation>{count} 个词元</translation>
    </message>
    <message>
        <source>{count} characters</source>
        <translation>{count} 个字符</translation>
    </message>
</context>
<context>
    <name>Timeline</name>
    <message>
        <source>Timeline of the pass</source>
        <translation>前向传播的时间线</translation>
    </message>
</context>
<context>
    <name>TokenLine</name>
    <message>
        <source>Tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>token of the prompt: {token}</source>
        <translation>提示中的词元：{token}</translation>
    </message>
    <message>
        <source>The pass on screen no longer reads it: the model&apos;s window went on.</source>
        <translation>屏幕上的这次前向不再读取它：模型的窗口已向前移动。</translation>
    </message>
    <message>
        <source>The token that comes next; this pass predicts it.</source>
        <translation>下一个词元；由这次前向预测。</translation>
    </message>
    <message>
        <source>token {number}: {token}
drawn at {chance}; the model says {likely}
Click to see the pass that gave it.</source>
        <translation>词元 {number}：{token}
以 {chance} 的概率抽到；模型给出 {likely}
点击可看给出它的那次前向。</translation>
    </message>
</context>
<context>
    <name>Tokens</name>
    <message>
        <source>{count} tokens</source>
        <translation>{count} 个词元</translation>
    </message>
    <message>
        <source>token {index}: {token}</source>
        <translation>词元 {index}：{token}</translation>
    </message>
    <message>
        <source>+{count} more</source>
        <translation>还有 {count} 个</translation>
    </message>
</context>
<context>
    <name>Told</name>
    <message>
        <source>GRADIENT OF {weight}</source>
        <translation>{weight} 的梯度</translation>
    </message>
    <message>
        <source>UPDATE OF {weight}</source>
        <translation>{weight} 的更新</translation>
    </message>
    <message>
        <source>WEIGHT {weight}</source>
        <translation>权重 {weight}</translation>
    </message>
</context>
<context>
    <name>TrainingBar</name>
    <message>
        <source>↺ Reset</source>
        <translation>↺ 重置</translation>
    </message>
    <message>
        <source>Begin again with fresh weights from the seed of the plan</source>
        <translation>按计划的种子重新初始化权重</translation>
    </message>
    <message>
        <source>▶ Start</source>
        <translation>▶ 开始</translation>
    </message>
    <message>
        <source>▶| One step</source>
        <translation>▶| 一步</translation>
    </message>
    <message>
        <source>One batch forward, back, and one change of the weights</source>
        <translation>一个批次：前向、反向、更新一次权重</translation>
    </message>
    <message>
        <source>Phase ↓</source>
        <translation>阶段 ↓</translation>
    </message>
    <message>
        <source>One batch with everything in sight: batch, forward, loss, backward, update</source>
        <translation>把一个批次的全过程都摆出来：批次、前向、损失、反向、更新</translation>
    </message>
    <message>
        <source>Preset&apos;s weights</source>
        <translation>预设权重</translation>
    </message>
    <message>
        <source>Bring back the weights that came with the preset (Ctrl+R)</source>
        <translation>恢复预设自带的权重（Ctrl+R）</translation>
    </message>
    <message>
        <source>❚❚ Pause</source>
        <translation>❚❚ 暂停</translation>
    </message>
    <message>
        <source>▶ Continue</source>
        <translation>▶ 继续</translation>
    </message>
    <message>
        <source>epoch {epoch}</source>
        <translation>轮次 {epoch}</translation>
    </message>
    <message>
        <source>step {step} / {total}</source>
        <translation>第 {step} / {total} 步</translation>
    </message>
    <message>
        <source>loss {loss} · accuracy {accuracy}</source>
        <translation>损失 {loss} · 准确率 {accuracy}</translation>
    </message>
    <message>
        <source>validation loss {loss} · accuracy {accuracy}</source>
        <translation>验证损失 {loss} · 准确率 {accuracy}</translation>
    </message>
    <message>
        <source>Measured on the validation data, which the model does not train on</source>
        <translation>在验证数据上测得，模型不用它训练</translation>
    </message>
    <message>
        <source>Measured on the last batch</source>
        <translation>在上一个批次上测得</translation>
    </message>
    <message>
        <source>done · Continue trains as many steps again</source>
        <translation>已完成 · 按“继续”再训练同样多步</translation>
    </message>
    <message>
        <source>{pace} steps/s</source>
        <translation>{pace} 步/秒</translation>
    </message>
    <message>
        <source>{pace} steps/s · {left} left</source>
        <translation>{pace} 步/秒 · 还剩 {left}</translation>
    </message>
</context>
<context>
    <name>TrainingPage</name>
    <message>
        <source>Move forward</source>
        <translation>前移</translation>
    </message>
    <message>
        <source>Move back</source>
        <translation>后移</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Decision boundary</source>
        <translation>决策边界</translation>
    </message>
    <message>
        <source>Sample</source>
        <translation>样例</translation>
    </message>
    <message>
        <source>Confusion</source>
        <translation>混淆矩阵</translation>
    </message>
    <message>
        <source>Accuracy</source>
        <translation>准确率</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>网络</translation>
    </message>
    <message>
        <source>Gradients per layer</source>
        <translation>各层梯度</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Weights per layer</source>
        <translation>各层权重</translation>
    </message>
    <message>
        <source>Updates per layer</source>
        <translation>各层更新</translation>
    </message>
    <message>
        <source>Activations</source>
        <translation>激活值</translation>
    </message>
    <message>
        <source>Dead units</source>
        <translation>死亡单元</translation>
    </message>
</context>
<context>
    <name>TrainingPlan</name>
    <message>
        <source>DATA</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>OPTIMIZER</source>
        <translation>优化器</translation>
    </message>
    <message>
        <source>Optimizer</source>
        <translation>优化器</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Batch size</source>
        <translation>批大小</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation>权重衰减</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>步数</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>used at the next Reset</source>
        <translation>下次重置时生效</translation>
    </message>
    <message>
        <source>a number above 0, at most 100</source>
        <translation>大于 0、至多 100 的数</translation>
    </message>
    <message>
        <source>a whole number from 1 to 65,536</source>
        <translation>1 到 65,536 的整数</translation>
    </message>
    <message>
        <source>{count} points · noise {noise}</source>
        <translation>{count} 个点 · 噪声 {noise}</translation>
    </message>
    <message>
        <source>{count} rows · {features} features</source>
        <translation>{count} 行 · {features} 个特征</translation>
    </message>
    <message>
        <source>Python&apos;s own manual</source>
        <translation>Python 自带手册</translation>
    </message>
    <message>
        <source>{count} different characters</source>
        <translation>{count} 种字符</translation>
    </message>
    <message>
        <source>Handwritten digits</source>
        <translation>手写数字</translation>
    </message>
    <message>
        <source>{count} images</source>
        <translation>{count} 张图像</translation>
    </message>
    <message>
        <source>a number from 0 to 10</source>
        <translation>0 到 10 的数</translation>
    </message>
    <message>
        <source>Nesterov</source>
        <translation>Nesterov</translation>
    </message>
    <message>
        <source>The gradient is added once more after the momentum, as if a step ahead</source>
        <translation>在动量之后再加一次梯度，相当于向前多看一步</translation>
    </message>
    <message>
        <source>a number from 0 to below 1</source>
        <translation>0 到 1（不含）的数</translation>
    </message>
    <message>
        <source>Momentum</source>
        <translation>动量</translation>
    </message>
    <message>
        <source>a number above 0, at most 1</source>
        <translation>大于 0、至多 1 的数</translation>
    </message>
    <message>
        <source>Clip norm</source>
        <translation>裁剪范数</translation>
    </message>
    <message>
        <source>a number from 0 to 1,000,000</source>
        <translation>0 到 1,000,000 的数</translation>
    </message>
    <message>
        <source>0: gradients are not clipped</source>
        <translation>0：不裁剪梯度</translation>
    </message>
    <message>
        <source>SCHEDULE</source>
        <translation>学习率调度</translation>
    </message>
    <message>
        <source>Schedule of the learning rate</source>
        <translation>学习率调度</translation>
    </message>
    <message>
        <source>Constant</source>
        <translation>恒定</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>阶梯</translation>
    </message>
    <message>
        <source>Cosine</source>
        <translation>余弦</translation>
    </message>
    <message>
        <source>a whole number above 0</source>
        <translation>大于 0 的整数</translation>
    </message>
    <message>
        <source>a whole number, 0 or more</source>
        <translation>大于等于 0 的整数</translation>
    </message>
    <message>
        <source>Warm-up</source>
        <translation>预热</translation>
    </message>
    <message>
        <source>Step size</source>
        <translation>阶梯长度</translation>
    </message>
    <message>
        <source>RUN</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Two spirals</source>
        <translation>双螺旋</translation>
    </message>
    <message>
        <source>Two moons</source>
        <translation>双月</translation>
    </message>
    <message>
        <source>Two circles</source>
        <translation>同心圆</translation>
    </message>
    <message>
        <source>XOR</source>
        <translation>异或</translation>
    </message>
    <message>
        <source>Breast cancer, Wisconsin</source>
        <translation>威斯康星乳腺癌数据</translation>
    </message>
    <message>
        <source>Iris flowers</source>
        <translation>鸢尾花</translation>
    </message>
    <message>
        <source>Wine</source>
        <translation>葡萄酒</translation>
    </message>
    <message>
        <source>train {train} · validation {validation}</source>
        <translation>训练 {train} · 验证 {validation}</translation>
    </message>
    <message>
        <source>train {train} % · validation {validation} %</source>
        <translation>训练 {train} % · 验证 {validation} %</translation>
    </message>
</context>
<context>
    <name>UnitsPart</name>
    <message>
        <source>Units along</source>
        <translation>单元所在轴</translation>
    </message>
    <message>
        <source>In which order</source>
        <translation>按什么顺序</translation>
    </message>
    <message>
        <source>in order</source>
        <translation>按原有顺序</translation>
    </message>
    <message>
        <source>largest median first</source>
        <translation>中位数大的在前</translation>
    </message>
    <message>
        <source>furthest from 0 first</source>
        <translation>离 0 最远的在前</translation>
    </message>
    <message>
        <source>largest mean |x| first</source>
        <translation>平均 |x| 最大的在前</translation>
    </message>
    <message>
        <source>How the numbers of each unit are spread</source>
        <translation>每个单元的数如何分布</translation>
    </message>
    <message>
        <source>{count} units · box: the middle half · line: the median · ▲ more beyond</source>
        <translation>{count} 个单元 · 箱体：中间一半 · 横线：中位数 · ▲ 图外还有</translation>
    </message>
    <message>
        <source>{unit}: min {low} · ¼ {first} · median {middle} · ¾ {third} · max {high}</source>
        <translation>{unit}：最小 {low} · ¼ {first} · 中位数 {middle} · ¾ {third} · 最大 {high}</translation>
    </message>
    <message>
        <source>{share} outliers</source>
        <translation>{share} 离群值</translation>
    </message>
    <message>
        <source>Units that never fire in this pass, {some} of {all}: {names}.</source>
        <translation>{all} 个单元中有 {some} 个在这次前向传播中从不激活：{names}。</translation>
    </message>
    <message>
        <source>Units that are 0 everywhere in this pass, {some} of {all}: {names}.</source>
        <translation>{all} 个单元中有 {some} 个在这次前向传播中处处为 0：{names}。</translation>
    </message>
    <message>
        <source>Saturated units, at their bounds, {some} of {all}: {names}.</source>
        <translation>{all} 个单元中有 {some} 个已饱和，停在边界上：{names}。</translation>
    </message>
</context>
<context>
    <name>UpdateCard</name>
    <message>
        <source>Updates per layer</source>
        <translation>各层更新</translation>
    </message>
    <message>
        <source>‖ΔW‖ / ‖W‖ of one step, log scale</source>
        <translation>一步的 ‖ΔW‖ / ‖W‖，对数刻度</translation>
    </message>
    <message>
        <source>By what share of its weights a step changes each layer appears here.</source>
        <translation>这里显示一步使每层权重改变的比例。</translation>
    </message>
</context>
<context>
    <name>ValuesPane</name>
    <message>
        <source>This value, the other one, and this minus that: red where this one is larger.</source>
        <translation>这个值、另一个值，以及前者减后者：红处前者更大。</translation>
    </message>
    <message>
        <source>Each cell: of {block} numbers the furthest from 0.</source>
        <translation>每格：{block} 个数中离 0 最远的。</translation>
    </message>
    <message>
        <source>Each cell: the mean of {block} numbers.</source>
        <translation>每格：{block} 个数的平均值。</translation>
    </message>
    <message>
        <source>Each cell: the largest of {block} numbers.</source>
        <translation>每格：{block} 个数中最大的。</translation>
    </message>
    <message>
        <source>{said} The wheel zooms in.</source>
        <translation>{said}滚轮可放大。</translation>
    </message>
    <message>
        <source>Every cell is one number; hover to read it. Blue–red: below and above 0.</source>
        <translation>每格一个数，悬停可读：蓝负红正。</translation>
    </message>
    <message>
        <source>Every cell is one number; hover to read it. The brighter the larger.</source>
        <translation>每格一个数，悬停可读：越亮越大。</translation>
    </message>
    <message>
        <source>The value is sparse: what it does not store is 0.</source>
        <translation>这个值是稀疏的：未存储的都是 0。</translation>
    </message>
    <message>
        <source>Its parts differ in length: NaN after the end of one.</source>
        <translation>各部分长度不同：一部分结束后为 NaN。</translation>
    </message>
    <message>
        <source>NaN where it is masked.</source>
        <translation>被遮盖处为 NaN。</translation>
    </message>
    <message>
        <source>It is quantized: these are the numbers that it stands for.</source>
        <translation>它是量化的：这里是它所代表的数。</translation>
    </message>
    <message>
        <source>It is this value that others are compared with.</source>
        <translation>其他值就是与这个值比较的。</translation>
    </message>
    <message>
        <source>This pass has no {name} to compare with.</source>
        <translation>这次运行中没有可比较的 {name}。</translation>
    </message>
    <message>
        <source>The input of its op has another shape.</source>
        <translation>其算子的输入形状不同。</translation>
    </message>
    <message>
        <source>No op made this value from another.</source>
        <translation>这个值不是由算子从别的值得来的。</translation>
    </message>
    <message>
        <source>Of complex numbers this is the magnitude.</source>
        <translation>这里显示复数的模。</translation>
    </message>
    <message>
        <source>Of complex numbers this is the real part.</source>
        <translation>这里显示复数的实部。</translation>
    </message>
    <message>
        <source>Of complex numbers this is the imaginary part.</source>
        <translation>这里显示复数的虚部。</translation>
    </message>
    <message>
        <source>Of complex numbers this is the phase.</source>
        <translation>这里显示复数的辐角。</translation>
    </message>
    <message>
        <source>Wheel or + and −: zoom. Drag: move. Double click: to the numbers. 0: all of it.</source>
        <translation>滚轮或 + 和 −：缩放。拖动：移动。双击：直到数值。0：全部。</translation>
    </message>
    <message>
        <source>Outlined: {place}. {more}</source>
        <translation>框出：{place}。{more}</translation>
    </message>
    <message>
        <source>after</source>
        <translation>改变之后</translation>
    </message>
    <message>
        <source>before the changes</source>
        <translation>改变之前</translation>
    </message>
    <message>
        <source>{name}, beside</source>
        <translation>旁边的 {name}</translation>
    </message>
    <message>
        <source>The changes leave all of it as it was.</source>
        <translation>这些更改没有改变它的任何部分。</translation>
    </message>
    <message>
        <source>The largest difference, {number}, is at [{index}].</source>
        <translation>最大的差 {number} 在 [{index}] 处。</translation>
    </message>
    <message>
        <source>difference</source>
        <translation>差</translation>
    </message>
    <message>
        <source>no difference here</source>
        <translation>此处没有差别</translation>
    </message>
    <message>
        <source>difference, up to ±{number}</source>
        <translation>差，最大 ±{number}</translation>
    </message>
    <message>
        <source>±{number}, as by rounding</source>
        <translation>±{number}，属舍入误差</translation>
    </message>
    <message>
        <source>After the changes, before them, and the difference: red where it is larger.</source>
        <translation>改变之后、改变之前，以及二者之差：红处改变之后更大。</translation>
    </message>
    <message>
        <source>To compare with is {name} {shape}: only equal shapes can be subtracted.</source>
        <translation>要比较的是 {name} {shape}：只有形状相同才能相减。</translation>
    </message>
    <message>
        <source>The pass beside has nothing to compare this value with.</source>
        <translation>旁边那次运行中没有可与这个值比较的。</translation>
    </message>
    <message>
        <source>This slice</source>
        <translation>这个切片</translation>
    </message>
    <message>
        <source>This row</source>
        <translation>这一行</translation>
    </message>
    <message>
        <source>This column</source>
        <translation>这一列</translation>
    </message>
    <message>
        <source>This cell</source>
        <translation>这个单元</translation>
    </message>
    <message>
        <source>Copied: {rows} × {columns} numbers</source>
        <translation>已复制：{rows} × {columns} 个数</translation>
    </message>
    <message>
        <source>{copied}, each of a block of {block}</source>
        <translation>{copied}，每个代表一块 {block}</translation>
    </message>
    <message>
        <source>Of the pass beside: X makes it active, then click again.</source>
        <translation>属于旁边那次运行：按 X 切换到它，再点击。</translation>
    </message>
    <message>
        <source>It is made of several numbers: choose a position of the other axes.</source>
        <translation>它由多个数得来：请先在其余轴上选定一个位置。</translation>
    </message>
</context>
<context>
    <name>VectorPane</name>
    <message>
        <source>This number</source>
        <translation>这个数</translation>
    </message>
    <message>
        <source>One bar per number along {axis}.</source>
        <translation>沿 {axis} 每个数一条。</translation>
    </message>
    <message>
        <source>A single number.</source>
        <translation>一个数。</translation>
    </message>
</context>
<context>
    <name>WeightCard</name>
    <message>
        <source>Weights per layer</source>
        <translation>各层权重</translation>
    </message>
    <message>
        <source>‖W‖, log scale</source>
        <translation>‖W‖，对数刻度</translation>
    </message>
    <message>
        <source>How large the weights of each layer become appears here.</source>
        <translation>这里显示每层的权重变得多大。</translation>
    </message>
</context>
<context>
    <name>WeightMaps</name>
    <message>
        <source>Weights → gradient → update</source>
        <translation>权重 → 梯度 → 更新</translation>
    </message>
    <message>
        <source>w, the weights</source>
        <translation>w，权重</translation>
    </message>
    <message>
        <source>∂L/∂w, the gradient</source>
        <translation>∂L/∂w，梯度</translation>
    </message>
    <message>
        <source>Δw, the change</source>
        <translation>Δw，改动</translation>
    </message>
</context>
<context>
    <name>WeightsPage</name>
    <message>
        <source>Weights</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>{count} tensors</source>
        <translation>{count} 个张量</translation>
    </message>
    <message>
        <source>{count} tensor</source>
        <translation>{count} 个张量</translation>
    </message>
    <message>
        <source>{count} numbers</source>
        <translation>{count} 个数</translation>
    </message>
    <message>
        <source>Put into {title}</source>
        <translation>装入 {title}</translation>
    </message>
    <message>
        <source>The tensors go into “{title}”, which is open. Names and shapes must be those of the model; if they are not, it stays as it is and you are told which differ.</source>
        <translation>这些张量将装入已打开的“{title}”。名称和形状必须与模型一致；若不一致，模型保持不变，并会告诉你哪些不同。</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>These are weights without a model. Open the model that they belong to first (its Python file, its folder, or a preset), then this file again.</source>
        <translation>这里只有权重，没有模型。请先打开它们所属的模型（Python 文件、文件夹或预设），再打开这个文件。</translation>
    </message>
    <message>
        <source>Tensors of the file</source>
        <translation>文件中的张量</translation>
    </message>
</context>
<context>
    <name>WholePass</name>
    <message>
        <source>came from · whole pass</source>
        <translation>来自 · 整个前向</translation>
    </message>
    <message>
        <source>Every cell of the pass that this number depends on (R)</source>
        <translation>这次前向中这个数所依赖的每一格 (R)</translation>
    </message>
    <message>
        <source>goes to · whole pass</source>
        <translation>去向 · 整个前向</translation>
    </message>
    <message>
        <source>Every cell of the pass that depends on this number (Shift+R)</source>
        <translation>这次前向中依赖这个数的每一格 (Shift+R)</translation>
    </message>
    <message>
        <source>Following it through the pass …</source>
        <translation>正在沿前向追踪…</translation>
    </message>
    <message>
        <source>No cell of the value on screen can change this number.</source>
        <translation>当前显示的值中没有一格能改变这个数。</translation>
    </message>
    <message>
        <source>This number can change no cell of the value on screen.</source>
        <translation>这个数不能改变当前显示的值中的任何一格。</translation>
    </message>
    <message>
        <source>{count} of {cells} cells here</source>
        <translation>此处 {cells} 格中的 {count} 格</translation>
    </message>
    <message>
        <source>outlined: could change this number</source>
        <translation>框出：能改变这个数</translation>
    </message>
    <message>
        <source>outlined: this number could change them</source>
        <translation>框出：这个数能改变它们</translation>
    </message>
    <message>
        <source>colour: how much, |gradient × value|</source>
        <translation>颜色：影响大小，|梯度 × 值|</translation>
    </message>
    <message>
        <source>{count} · “Values” shows which</source>
        <translation>{count} · “数值”中可见是哪些</translation>
    </message>
    <message>
        <source>By the weights, masks and indices of this pass, whatever the activations are: a ReLU that is off could be on, and any cell of a pooling window could be the largest. What is not outlined has nothing to do with the number.</source>
        <translation>按这次前向的权重、掩码和索引判断，与激活值大小无关：关闭的 ReLU 也可能打开，池化窗口中的任何一格都可能最大。没有框出的与这个数无关。</translation>
    </message>
</context>
<context>
    <name>WritingPopup</name>
    <message>
        <source>seed</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>The same seed draws the same text</source>
        <translation>相同的种子抽出相同的文本</translation>
    </message>
    <message>
        <source>tokens in a row</source>
        <translation>连续词元数</translation>
    </message>
    <message>
        <source>How many ▶ draws</source>
        <translation>▶ 一次抽取多少个</translation>
    </message>
</context>
<context>
    <name>WritingStrip</name>
    <message>
        <source>Generate</source>
        <translation>生成</translation>
    </message>
    <message>
        <source>Draw the next token (T)</source>
        <translation>抽取下一个词元 (T)</translation>
    </message>
    <message>
        <source>How tokens are drawn, and how many</source>
        <translation>如何抽取词元，以及抽取多少个</translation>
    </message>
    <message>
        <source>Draw this token again, by the next seed, and drop those after it</source>
        <translation>用下一个种子重新抽取这个词元，并丢弃其后的词元</translation>
    </message>
    <message>
        <source>Drop what was drawn: back to the prompt</source>
        <translation>丢弃已生成的内容：回到提示</translation>
    </message>
    <message>
        <source>Stop (Shift+T)</source>
        <translation>停止 (Shift+T)</translation>
    </message>
    <message>
        <source>Draw {count} tokens in a row, or until the text is over (Shift+T)</source>
        <translation>连续抽取 {count} 个词元，或直到文本结束 (Shift+T)</translation>
    </message>
    <message>
        <source>seed {seed}</source>
        <translation>种子 {seed}</translation>
    </message>
    <message>
        <source>reads the last {count}</source>
        <translation>只读最后 {count} 个</translation>
    </message>
    <message>
        <source>{count} tokens are read at once: the window goes on with the text.</source>
        <translation>一次读取 {count} 个词元：窗口随文本向前移动。</translation>
    </message>
    <message>
        <source>Copy what was written</source>
        <translation>复制生成的文本</translation>
    </message>
</context>
<context>
    <name>_Bar</name>
    <message>
        <source>Previous difference (Shift+F8)</source>
        <translation>上一处差异（Shift+F8）</translation>
    </message>
    <message>
        <source>Next difference (F8)</source>
        <translation>下一处差异（F8）</translation>
    </message>
    <message>
        <source>Switch to the other side (X)</source>
        <translation>切换到另一侧（X）</translation>
    </message>
    <message>
        <source>Show one side alone (Shift+B)</source>
        <translation>只显示一侧（Shift+B）</translation>
    </message>
    <message>
        <source>Not compared</source>
        <translation>未能比较</translation>
    </message>
    <message>
        <source>Comparing {left} with {right} ops…</source>
        <translation>正在比较 {left} 与 {right} 个算子……</translation>
    </message>
    <message>
        <source>Comparing…</source>
        <translation>正在比较……</translation>
    </message>
    <message>
        <source>Nothing to compare yet</source>
        <translation>还没有可比较的内容</translation>
    </message>
    <message>
        <source>The same pass on both sides: change the input, train, or open another model</source>
        <translation>两侧是同一次运行：请更改输入、训练或打开另一个模型</translation>
    </message>
    <message>
        <source>The same pass on both sides</source>
        <translation>两侧是同一次运行</translation>
    </message>
    <message>
        <source>No differences in the graph</source>
        <translation>图没有差异</translation>
    </message>
    <message>
        <source>size of the input: {left} left, {right} right</source>
        <translation>输入大小：左 {left}，右 {right}</translation>
    </message>
    <message>
        <source>{count} added</source>
        <translation>新增 {count}</translation>
    </message>
    <message>
        <source>{count} removed</source>
        <translation>删去 {count}</translation>
    </message>
    <message>
        <source>{count} changed</source>
        <translation>改变 {count}</translation>
    </message>
    <message>
        <source>{at} of {count}</source>
        <translation>第 {at} 个，共 {count} 个</translation>
    </message>
    <message>
        <source>{kind}, {count} ops</source>
        <translation>{kind}，{count} 个算子</translation>
    </message>
</context>
<context>
    <name>_Widths</name>
    <message>
        <source>wires</source>
        <translation>连线</translation>
    </message>
</context>
<context>
    <name>parent</name>
    <message>
        <source>name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>shape</source>
        <translation>形状</translation>
    </message>
    <message>
        <source>type</source>
        <translation>类型</translation>
    </message>
</context>
</TS>
