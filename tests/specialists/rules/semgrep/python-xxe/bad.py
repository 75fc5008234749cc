import xml.sax

from lxml import etree

# ruleid: python-xxe
parser = etree.XMLParser(resolve_entities=True)
# ruleid: python-xxe
remote = etree.XMLParser(no_network=False)
reader = xml.sax.make_parser()
# ruleid: python-xxe
reader.setFeature(xml.sax.handler.feature_external_ges, True)
